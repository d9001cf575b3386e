// Serving one row a request against a bare node:http JSON echo, in the same run: CPU per request of the serving thread and of the whole process tree.
// `bare`: no events. `full`: validation, durable event (durability os), metrics. The model is the Iris tree of the examples, without a shadow.

import { trainAndDeploy } from './tools/platform.ts';
import { cpuMs, load, memoryMb, printTable, type Running, startReady, startTrainyard } from './tools/processes.ts';

const BODY = JSON.stringify({ sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 });
const SECONDS = Number(process.env.BENCH_SECONDS ?? 4);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);

interface Sample {
  readonly mainUs: number;
  readonly treeUs: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function measure(server: Running, path: string, connections: number): Promise<Sample> {
  const before = cpuMs(server.pid);
  const report = await load({ port: server.port, path, body: BODY, connections, seconds: SECONDS });
  const after = cpuMs(server.pid);
  if (report.failed > 0) throw new Error(`${report.failed} requests failed`);
  const us = (ms: number): number => (ms * 1000) / report.requests;
  return {
    mainUs: us(after.main - before.main),
    treeUs: us(after.tree - before.tree),
    perSecond: report.requests / report.seconds,
    p50Ms: report.p50Ms,
    p99Ms: report.p99Ms,
  };
}

function median(samples: readonly Sample[], of: (s: Sample) => number): number {
  return samples.map(of).sort((a, b) => a - b)[Math.floor(samples.length / 2)] as number;
}

const echo = await startReady(process.execPath, ['bench/tools/echo.ts']);
const full = await startTrainyard([]);
await trainAndDeploy(full.url);
const bare = await startTrainyard([], { env: { TRAINYARD__EVENT_LOG__DURABILITY: 'none' } });
await trainAndDeploy(bare.url);
const subjects = [
  { name: 'echo', server: echo, path: '/' },
  { name: 'bare', server: bare, path: '/predict' },
  { name: 'full', server: full, path: '/predict' },
] as const;
for (const { server, path } of subjects) await load({ port: server.port, path, body: BODY, connections: 32, seconds: 2 });

const rows: string[][] = [];
for (const connections of [1, 32, 128]) {
  const samples = new Map<string, Sample[]>(subjects.map((s) => [s.name, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const { name, server, path } of subjects) samples.get(name)?.push(await measure(server, path, connections));
  const yardstick = median(samples.get('echo') as Sample[], (s) => s.mainUs);
  for (const [name, list] of samples) {
    const of = (pick: (s: Sample) => number): number => median(list, pick);
    const main = of((s) => s.mainUs);
    const tree = of((s) => s.treeUs);
    rows.push([
      `${name} c=${connections}`,
      main.toFixed(1),
      tree.toFixed(1),
      (yardstick / main).toFixed(2),
      (yardstick / tree).toFixed(2),
      of((s) => s.perSecond).toFixed(0),
      of((s) => s.p50Ms).toFixed(2),
      of((s) => s.p99Ms).toFixed(2),
    ]);
  }
}
printTable(['', 'thread µs/req', 'tree µs/req', 'echo/thread', 'echo/tree', 'req/s', 'p50 ms', 'p99 ms'], rows);

// Open loop at half of what 32 connections reached.
const half = 0.5 * Number(rows.find((r) => r[0] === 'full c=32')?.[5]);
const open = await load({ port: full.port, path: '/predict', body: BODY, connections: 64, seconds: SECONDS * 2, rate: half, sleeps: true });
console.log(`open loop at ${half.toFixed(0)}/s: p50 ${open.p50Ms.toFixed(2)} ms, p99 ${open.p99Ms.toFixed(2)} ms, failed ${open.failed}`);
console.log(
  `memory after the run: full ${memoryMb(full.pid).toFixed(0)} MiB, bare ${memoryMb(bare.pid).toFixed(0)} MiB, echo ${memoryMb(echo.pid).toFixed(0)} MiB`,
);
await Promise.all([echo.stop(), full.stop(), bare.stop()]);
