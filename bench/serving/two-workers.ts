import { memoryMb, printTable } from '../tools/processes.ts';
import { measure, median, type Sample } from './measure.ts';
import { BODY, ROUNDS, SECONDS, startOurs } from './own.ts';

/** One process against two workers beside the main one. On two cores the load's own process takes one of them: what shows is the price of a request. */
export async function twoWorkers(): Promise<void> {
  const one = await startOurs();
  const two = await startOurs({ TRAINYARD__SERVING__WORKERS: '2' });
  const subjects = [
    { name: 'one process', ...one, path: '/predict', body: BODY },
    { name: 'two workers', ...two, path: '/predict', body: BODY },
  ];
  const rows: string[][] = [];
  for (const connections of [32, 128]) {
    const samples = new Map<string, Sample[]>(subjects.map((s) => [s.name, []]));
    for (let round = 0; round < ROUNDS; round++)
      for (const subject of subjects) samples.get(subject.name)?.push(await measure(subject, connections, SECONDS));
    for (const [name, list] of samples) {
      const of = (pick: (s: Sample) => number): number => median(list, pick);
      rows.push([
        `${name} c=${connections}`,
        of((s) => s.treeUs).toFixed(1),
        of((s) => s.perSecond).toFixed(0),
        of((s) => s.p50Ms).toFixed(2),
        of((s) => s.p99Ms).toFixed(2),
      ]);
    }
  }
  printTable(['', 'tree µs/req', 'req/s', 'p50 ms', 'p99 ms'], rows);
  console.log(`memory: ${subjects.map(({ name, pid }) => `${name} ${memoryMb(pid).toFixed(0)} MiB in the main process`).join(', ')}`);
  await Promise.all([one.stop(), two.stop()]);
}
