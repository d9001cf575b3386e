import { load, memoryMb, printTable } from '../tools/processes.ts';
import { measure, median, type Sample } from './measure.ts';
import { BODY, ROUNDS, SECONDS, startEcho, startOurs } from './own.ts';

/** We against a bare echo. `bare`: no events. `full`: validation, durable event (durability os), metrics. */
export async function againstEcho(): Promise<void> {
  const echo = await startEcho();
  const full = await startOurs();
  const bare = await startOurs({ TRAINYARD__EVENT_LOG__DURABILITY: 'none' });
  const subjects = [
    { name: 'echo', ...echo, path: '/', body: BODY },
    { name: 'bare', ...bare, path: '/predict', body: BODY },
    { name: 'full', ...full, path: '/predict', body: BODY },
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

  // Open loop at half of what 32 connections reached.
  const half = 0.5 * Number(rows.find((r) => r[0] === 'full c=32')?.[5]);
  const order = { port: full.port, path: '/predict', body: BODY, connections: 64, seconds: SECONDS * 2, rate: half, sleeps: true };
  const open = await load(order);
  console.log(`open loop at ${half.toFixed(0)}/s: p50 ${open.p50Ms.toFixed(2)} ms, p99 ${open.p99Ms.toFixed(2)} ms, failed ${open.failed}`);
  const memory = subjects.map(({ name, pid }) => `${name} ${memoryMb(pid).toFixed(0)} MiB`);
  console.log(`memory after the run: ${memory.join(', ')}`);
  await Promise.all([echo.stop(), full.stop(), bare.stop()]);
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
