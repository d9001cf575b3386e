import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../scripts/services/system.ts';
import { type Rival, rivals } from '../rivals/catalogue.ts';
import { found, install } from '../rivals/environments.ts';
import { startForeign } from '../tools/foreign-server.ts';
import { load, printTable, treeMemoryMb, treePids } from '../tools/processes.ts';
import { deployedOnnx } from './deployed-model.ts';
import { measure, type Sample, type Subject } from './measure.ts';
import { BODY, indexed, SECONDS, startOurs } from './own.ts';

const CONNECTIONS = [1, 32, 128] as const;
const SERVER_CORE = '0';
const LOAD_CORE = '1';

export async function installRivals(): Promise<void> {
  for (const { environment } of rivals) {
    await install(environment);
    const seen = found(environment);
    console.log(`${environment.name.padEnd(16)} ${'python' in seen ? seen.versions : seen.missing}`);
  }
}

/** What one server came to, by connections. */
interface Outcome {
  readonly name: string;
  readonly bar: number | undefined;
  readonly samples: readonly Sample[];
  readonly memory: { readonly rss: number; readonly pss: number };
  readonly startSeconds: number;
}

/** We against the model servers of others, the same row to each, one after the other: every server on one core, the load on another. */
export async function againstRivals(only: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'trainyard-bench-rivals-'));
  pin(process.pid, LOAD_CORE);
  const ours = await startOurs();
  const onnx = join(folder, 'model.onnx');
  writeFileSync(onnx, await deployedOnnx(ours.url, 'iris'));
  const subject = { name: 'trainyard', ...ours, path: '/predict', body: BODY, settled: () => indexed(ours.url) };
  const outcomes = [await outcome(subject, undefined, ours.readyMs)];
  await ours.stop();
  for (const rival of rivals.filter(({ environment }) => only.length === 0 || only.includes(environment.name))) {
    try {
      outcomes.push(await runRival(rival, onnx));
    } catch (error) {
      console.log(`${rival.environment.name} is left out: ${(error as Error).message}`);
    }
  }
  rmSync(folder, { recursive: true, force: true });
  print(outcomes);
}

async function runRival(rival: Rival, onnx: string): Promise<Outcome> {
  const { environment, path, body, bar } = rival;
  const seen = found(environment);
  if ('missing' in seen) throw new Error(seen.missing);
  console.log(`${environment.name}: ${seen.versions}`);
  const folder = mkdtempSync(join(tmpdir(), `trainyard-bench-${environment.name}-`));
  const port = await freePort();
  const start = await rival.start({ port, folder, python: seen.python, onnx });
  const isReady = async (): Promise<boolean> => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body }).catch(() => undefined);
    return (await answer?.text())?.includes('setosa') === true && answer?.status === 200;
  };
  const server = await startForeign({ name: environment.name, folder, isReady, ...start });
  try {
    const subject = { name: environment.name, pid: server.pid, port, path, body };
    await load({ port, path, body, connections: 32, seconds: 2 });
    return await outcome(subject, bar, server.firstAnswerMs);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function outcome(subject: Subject, bar: number | undefined, startMs: number): Promise<Outcome> {
  for (const pid of treePids(subject.pid)) pin(pid, SERVER_CORE);
  const samples: Sample[] = [];
  for (const connections of CONNECTIONS) samples.push(await measure(subject, connections, SECONDS));
  return { name: subject.name, bar, samples, memory: treeMemoryMb(subject.pid), startSeconds: startMs / 1000 };
}

/** All threads of a process, and all that it starts from now on. */
function pin(pid: number, core: string): void {
  spawnSync('taskset', ['-acp', core, String(pid)], { stdio: 'ignore' });
}

function print(outcomes: readonly Outcome[]): void {
  const ours = (outcomes[0] as Outcome).samples;
  const rows = outcomes.flatMap(({ name, bar, samples, memory, startSeconds }) =>
    samples.map((sample, i) => {
      const { mainUs, treeUs } = ours[i] as Sample;
      const ratio = (us: number): string => (bar === undefined ? '' : (sample.treeUs / us).toFixed(1));
      return [
        `${name} c=${CONNECTIONS[i]}`,
        sample.treeUs.toFixed(1),
        (1e6 / sample.treeUs).toFixed(0),
        ratio(treeUs),
        ratio(mainUs),
        bar === undefined ? '' : `≥ ${bar}`,
        sample.perSecond.toFixed(0),
        sample.p50Ms.toFixed(2),
        sample.p99Ms.toFixed(2),
        ...(i === 0 ? [memory.rss.toFixed(0), memory.pss.toFixed(0), startSeconds.toFixed(1)] : []),
      ];
    }),
  );
  const head = [
    '',
    'CPU µs/req',
    'req/CPU-s',
    'we ×, all',
    'we ×, thread',
    'bar',
    'req/s',
    'p50 ms',
    'p99 ms',
    'RSS MiB',
    'PSS MiB',
    'start s',
  ];
  printTable(head, rows);
  const [first] = ours;
  console.log(
    `of ours the serving thread takes ${ours.map((s) => s.mainUs.toFixed(1)).join(', ')} µs, the rest indexes what was predicted; × counts all of a rival's processes`,
  );
  if (first === undefined) throw new Error('nothing was measured');
}
