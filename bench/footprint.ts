// Start time and memory: the first start with the examples until both answer, the second start, and a start with the tracking roles only.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryMb, printTable, startReady, startTrainyard } from './tools/processes.ts';

const data = mkdtempSync(join(tmpdir(), 'trainyard-footprint-'));
/** As `npm start` does it. */
const start = () =>
  startReady(process.execPath, ['bin/start.js', '--data', data, '--port', '0'], { env: { ...process.env, LOG_LEVEL: 'error' } });
/** Until a program that has just started has come to rest. */
const REST_MS = 30_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function untilReady(url: string): Promise<number> {
  const since = performance.now();
  while ((await fetch(`${url}/readyz`)).status !== 200) await pause(50);
  return performance.now() - since;
}

const rows: string[][] = [];
const first = await start();
const examplesMs = await untilReady(first.url);
rows.push([
  'first start, until both examples answer',
  `${(first.readyMs + examplesMs).toFixed(0)} ms`,
  `${memoryMb(first.pid).toFixed(0)} MiB`,
]);
await first.stop();
for (let i = 0; i < 3; i++) {
  const again = await start();
  const waitMs = await untilReady(again.url);
  await pause(REST_MS);
  rows.push([`second start ${i + 1}, everything`, `${(again.readyMs + waitMs).toFixed(0)} ms`, `${memoryMb(again.pid).toFixed(0)} MiB`]);
  await again.stop();
}
for (let i = 0; i < 3; i++) {
  const tracking = await startTrainyard(['--target', 'tracking,registry,artifacts'], { data });
  await pause(REST_MS);
  rows.push([`tracking roles only ${i + 1}`, `${tracking.readyMs.toFixed(0)} ms`, `${memoryMb(tracking.pid).toFixed(0)} MiB`]);
  await tracking.stop();
}
printTable(['', 'ready after', 'idle memory'], rows);
rmSync(data, { recursive: true, force: true });
