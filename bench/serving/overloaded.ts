import { slowModel } from '#test/e2e/slow-model.ts';
import { deploy, registerVersion } from '#test/e2e/small-models.ts';
import type { OverloadReport } from '../tools/overload-child.ts';
import { load, overload, printTable, type Running, startTrainyard, treeMemoryMb, treePids } from '../tools/processes.ts';
import { BODY, SECONDS, startOurs } from './own.ts';

/** Long enough for queues to fill. */
const OVERLOAD_SECONDS = 3 * SECONDS;
/** Shorter than the default, so that it fills within the run and a thousand connections hold all that wait. */
const QUEUE_MS = 1000;

/** Twice as many requests as can be answered: of models with more than a millisecond a row, and of a tiny one. */
export async function overloaded(): Promise<void> {
  const rows: string[][] = [];
  for (const [name, steps] of [
    ['1.5 ms a row', 40],
    ['4 ms a row', 100],
  ] as const) {
    const server = await startTrainyard([], { env: { TRAINYARD__SERVING__MAX_QUEUE_MS: String(QUEUE_MS) } });
    rows.push(await slow(name, server, steps).finally(() => server.stop()));
  }
  const tiny = await startOurs();
  rows.push(await twice('tiny', tiny, { path: '/predict', body: BODY, connections: 256, pipelined: true }).finally(() => tiny.stop()));
  const head = [
    '',
    'best/s before',
    'after',
    'sent/s',
    'answered/s',
    'goodput',
    '429/s',
    '429 p50 ms',
    'p99',
    'max',
    'no Retry-After',
    '200 p50 ms',
    'p99',
    'failed',
    'MiB before',
    'after',
  ];
  printTable(head, rows);
}

async function slow(name: string, server: Running, steps: number): Promise<string[]> {
  await registerVersion(server.url, 'slow', slowModel(steps));
  const made = await deploy(server.url, 'slow', [{ role: 'primary', model: 'models:/slow/1' }]);
  if (!made.ok) throw new Error(await made.text());
  const body = JSON.stringify({ features: [1.5] });
  const place = treePids(server.pid).length > 1 ? 'apart' : 'here';
  return twice(`${name}, ${place}`, server, { path: '/deployments/slow/predict', body, connections: 2000, pipelined: false });
}

interface How {
  readonly path: string;
  readonly body: string;
  readonly connections: number;
  readonly pipelined: boolean;
}

async function twice(name: string, server: Running, how: How): Promise<string[]> {
  const { port, pid } = server;
  const { path, body } = how;
  const best = async (): Promise<number> => {
    const report = await load({ port, path, body, connections: 16, seconds: SECONDS });
    if (report.failed > 0) throw new Error(`${name}: ${report.failed} requests failed`);
    return report.requests / report.seconds;
  };
  const atBest = await best();
  // What overload needs once: queues, and the log's readers that fall behind. More of it must not need more.
  await overload({ port, ...how, seconds: OVERLOAD_SECONDS, rate: 2 * atBest });
  const before = treeMemoryMb(pid).rss;
  const report = await overload({ port, ...how, seconds: OVERLOAD_SECONDS, rate: 2 * atBest });
  const after = treeMemoryMb(pid).rss;
  const bestAfter = await best();
  if (report.unsent > 0) console.log(`${name}: ${report.unsent} requests found no free connection`);
  if (report.failure !== undefined) console.log(`${name}: ${report.failure}`);
  if (report.lateMs > 20) console.log(`${name}: the sender was late by up to ${report.lateMs.toFixed(0)} ms`);
  return [
    name,
    atBest.toFixed(0),
    bestAfter.toFixed(0),
    ...figures(report, Math.max(atBest, bestAfter)),
    before.toFixed(0),
    after.toFixed(0),
  ];
}

const millis = (ms: number | null): string => ms?.toFixed(1) ?? '';

function figures(report: OverloadReport, atBest: number): string[] {
  const { sent, answeredInTime, refused, refusedMs, answeredMs, refusedWithoutRetryAfter, failed } = report;
  const perSecond = (n: number): number => n / OVERLOAD_SECONDS;
  return [
    perSecond(sent).toFixed(0),
    perSecond(answeredInTime).toFixed(0),
    `${((100 * perSecond(answeredInTime)) / atBest).toFixed(0)} %`,
    perSecond(refused).toFixed(0),
    ...[refusedMs.p50, refusedMs.p99, refusedMs.max].map(millis),
    String(refusedWithoutRetryAfter),
    millis(answeredMs.p50),
    millis(answeredMs.p99),
    String(failed),
  ];
}
