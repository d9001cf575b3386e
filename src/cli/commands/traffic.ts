import type { Command } from 'commander';
import { CliError, type Client } from '../terminal/client.ts';
import { fields } from '../terminal/output.ts';
import { ProgressBar } from '../terminal/progress.ts';
import { action, decimal, list, type Session, serverCommand, wholeNumber } from '../terminal/server-command.ts';
import { driftRows, parseDrift } from '../traffic/drift.ts';
import { LabelQueue } from '../traffic/labels.ts';
import { seededRandom } from '../traffic/random.ts';
import { deploymentsFor, type HeldBack, heldBackRows } from '../traffic/rows.ts';
import { percentile, type Sent, sendTraffic } from '../traffic/sender.ts';

interface TrafficOptions {
  readonly deployment?: readonly string[];
  readonly rate: number;
  readonly count?: number;
  readonly duration?: number;
  readonly concurrency: number;
  readonly continuous?: boolean;
  readonly seed: number;
  readonly drift?: string | boolean;
  readonly labelDelay: number;
  readonly labels: boolean;
}

const DEFAULT_COUNT = 200;
/** Well above what any deployment of one process is asked for by hand; `--rate` sets an even pace below it. */
const MAX_RATE = 10_000;

/** `trainyard traffic`: real rows that the models never saw, with their labels a little later. */
export function trafficCommand(): Command {
  const examples = [
    'trainyard traffic --count 500 --rate 50',
    'trainyard traffic --deployment housing --drift MedInc:2 --duration 60',
    'trainyard traffic --continuous --label-delay 10',
  ];
  return serverCommand('traffic', 'send held-back rows of real data to deployments, with labels a little later', examples)
    .option('--deployment <names>', 'deployments in turn (default: the examples, else all)', list)
    .option('--rate <n>', 'requests per second', decimal(0.001, MAX_RATE), 20)
    .option('--count <n>', `requests in all (default ${DEFAULT_COUNT} unless --duration or --continuous)`, wholeNumber(1))
    .option('--duration <seconds>', 'end after this time', decimal(0.001))
    .option('--concurrency <n>', 'most requests under way', wholeNumber(1, 1000), 8)
    .option('--continuous', 'go on until Ctrl-C')
    .option('--seed <n>', 'order of the rows', wholeNumber(0), 42)
    .option('--drift [feature|strength]', 'move numbers by this many standard deviations: FEATURE, STRENGTH or FEATURE:STRENGTH')
    .option('--label-delay <seconds>', 'time between a prediction and its label', decimal(0), 2)
    .option('--no-labels', 'send no labels')
    .action(action(traffic));
}

async function traffic({ client, out }: Session, raw: Readonly<Record<string, unknown>>): Promise<void> {
  const options = raw as unknown as TrafficOptions;
  const random = seededRandom(options.seed);
  const rows = await rowsFor(client, options, random);
  const labels = options.labels ? new LabelQueue(client, options.labelDelay * 1000) : null;
  const count = options.count ?? (options.continuous || options.duration !== undefined ? Number.POSITIVE_INFINITY : DEFAULT_COUNT);
  const stop = new AbortController();
  const ended = new AbortController();
  const onInterrupt = (): void => (stop.signal.aborted ? process.exit(130) : stop.abort());
  process.on('SIGINT', onInterrupt);
  out.note(`sending to ${rows.map(({ deployment }) => deployment).join(' and ')} at ${client.url}, ${options.rate} requests a second`);
  for (const { deployment, names, rows: sent } of rows) {
    if (names.length > sent.length && count > sent.length * rows.length)
      out.note(
        `${deployment}: its ${sent.length} held-back rows are sent again and again; with ${names.length} fields some will look like drift by chance`,
      );
  }
  const bar = new ProgressBar();
  const labelling = labels?.run(ended.signal);
  const sent = await sendTraffic(client, {
    rows,
    rate: options.rate,
    count,
    durationMs: options.continuous ? Number.POSITIVE_INFINITY : (options.duration ?? Number.POSITIVE_INFINITY) * 1000,
    concurrency: options.concurrency,
    random,
    keyPrefix: `traffic-${Date.now().toString(36)}`,
    labels,
    signal: stop.signal,
    onSent: (number) => bar.update(Number.isFinite(count) ? number / count : 0, `${number} sent`),
  });
  ended.abort();
  bar.update(1, 'waiting for the labels');
  await labelling;
  bar.end();
  process.removeListener('SIGINT', onInterrupt);
  report(out, sent, labels);
}

async function rowsFor(client: Client, options: TrafficOptions, random: () => number): Promise<HeldBack[]> {
  const drift = parseDrift(options.drift);
  const names = await deploymentsFor(client, options.deployment);
  const rows = await Promise.all(names.map((name) => heldBackRows(client, name)));
  if (drift?.feature != null && !rows.some((set) => set.names.includes(drift.feature ?? ''))) {
    throw new CliError(`No deployment has a field '${drift.feature}'; there are ${rows.flatMap((set) => set.names).join(', ')}.`, {
      exitCode: 2,
    });
  }
  return drift === null ? rows : rows.map((set) => driftRows(set, drift, random));
}

function report(out: Session['out'], sent: Sent, labels: LabelQueue | null): void {
  const times = sent.times.toSorted((a, b) => a - b);
  const ms = (value: number | null): number | null => (value === null ? null : Number(value.toFixed(2)));
  const counts = labels?.counts;
  const summary = {
    ok: times.length,
    errors: sent.errors,
    seconds: Number(sent.seconds.toFixed(3)),
    requests_per_second: Number((times.length / Math.max(sent.seconds, 0.001)).toFixed(1)),
    avg_ms: ms(times.length === 0 ? null : times.reduce((sum, time) => sum + time, 0) / times.length),
    p50_ms: ms(percentile(times, 0.5)),
    p95_ms: ms(percentile(times, 0.95)),
    max_ms: ms(times.at(-1) ?? null),
    by_deployment: sent.byDeployment,
    ...(counts ? { labels: counts.accepted, labels_failed: counts.failed } : {}),
  };
  const reasons = [...sent.failures, ...(counts?.reasons ?? [])];
  out.result({ ...summary, failures: reasons }, () => fields(summary));
  for (const reason of reasons) out.note(`failed: ${reason}`);
  if (sent.errors > 0 || (counts?.failed ?? 0) > 0 || times.length === 0) process.exitCode = 1;
}
