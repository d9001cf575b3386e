import type { LoadReport } from '../tools/load-child.ts';
import { load, memoryMb, printTable } from '../tools/processes.ts';
import { measure, median, type Sample } from './measure.ts';
import { BODY, indexed, ROUNDS, SECONDS, startEcho, startOurs } from './own.ts';

/** We against a bare echo. `bare`: no events. `full`: validation, durable event (durability os), metrics. */
export async function againstEcho(): Promise<void> {
  const echo = await startEcho();
  const full = await startOurs();
  const bare = await startOurs({ TRAINYARD__EVENT_LOG__DURABILITY: 'none' });
  const subjects = [
    { name: 'echo', ...echo, path: '/', body: BODY },
    { name: 'bare', ...bare, path: '/predict', body: BODY },
    { name: 'full', ...full, path: '/predict', body: BODY, settled: () => indexed(full.url) },
  ];
  const rows: string[][] = [];
  for (const connections of [1, 32, 128]) {
    const samples = new Map<string, Sample[]>(subjects.map((s) => [s.name, []]));
    for (let round = 0; round < ROUNDS; round++)
      for (const subject of subjects) samples.get(subject.name)?.push(await measure(subject, connections, SECONDS));
    const yardstick = median(samples.get('echo') as Sample[], (s) => s.mainUs);
    for (const [name, list] of samples) rows.push(row(`${name} c=${connections}`, list, yardstick));
  }
  printTable(['', 'thread µs/req', 'tree µs/req', 'echo/thread', 'echo/tree', 'req/s', 'p50 ms', 'p99 ms'], rows);

  await openLoop(subjects, 0.5 * Number(rows.find((r) => r[0] === 'full c=32')?.[5]));
  const memory = subjects.map(({ name, pid }) => `${name} ${memoryMb(pid).toFixed(0)} MiB`);
  console.log(`memory after the run: ${memory.join(', ')}`);
  await Promise.all([echo.stop(), full.stop(), bare.stop()]);
}

/** Requests come at a fixed rate, half of what we reached at 32 connections, whether those before are answered or not. */
async function openLoop(subjects: readonly { name: string; port: number; path: string; body: string }[], rate: number): Promise<void> {
  const reports = new Map<string, LoadReport[]>(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const { name, port, path, body } of subjects)
      reports.get(name)?.push(await load({ port, path, body, connections: 64, seconds: SECONDS, rate, sleeps: true }));
  const rows = [...reports].map(([name, list]) => [
    `${name}, open loop at ${rate.toFixed(0)}/s`,
    ...[list.map((r) => r.p50Ms), list.map((r) => r.p99Ms)].map((of) =>
      (of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)] as number).toFixed(2),
    ),
    list.map((r) => r.p99Ms.toFixed(1)).join(' '),
    String(list.reduce((sum, r) => sum + r.failed, 0)),
  ]);
  printTable(['', 'p50 ms', 'p99 ms', 'p99 of each round', 'failed'], rows);
}

function row(name: string, samples: readonly Sample[], yardstick: number): string[] {
  const of = (pick: (s: Sample) => number): number => median(samples, pick);
  const main = of((s) => s.mainUs);
  const tree = of((s) => s.treeUs);
  return [
    name,
    main.toFixed(1),
    tree.toFixed(1),
    (yardstick / main).toFixed(2),
    (yardstick / tree).toFixed(2),
    of((s) => s.perSecond).toFixed(0),
    of((s) => s.p50Ms).toFixed(2),
    of((s) => s.p99Ms).toFixed(2),
  ];
}
