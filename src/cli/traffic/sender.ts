import { pause } from '#kernel/retry.ts';
import { CliError, type Client } from '../terminal/client.ts';
import type { LabelQueue } from './labels.ts';
import { endlessOrder } from './random.ts';
import type { HeldBack } from './rows.ts';

export interface SendOptions {
  readonly rows: readonly HeldBack[];
  /** Requests per second. */
  readonly rate: number;
  /** Requests in all. */
  readonly count: number;
  readonly durationMs: number;
  readonly concurrency: number;
  readonly random: () => number;
  /** Begins the keys of this traffic, so that no two runs share one. */
  readonly keyPrefix: string;
  readonly labels: LabelQueue | null;
  readonly signal: AbortSignal;
  readonly onSent?: (sent: number) => void;
}

/** What came of the requests. Times in milliseconds. */
export interface Sent {
  readonly times: readonly number[];
  readonly errors: number;
  /** Sentences of the first failures. */
  readonly failures: readonly string[];
  readonly byDeployment: Readonly<Record<string, number>>;
  readonly seconds: number;
}

const MAX_FAILURES_TOLD = 5;

/** Sends one held-back row a request, deployments in turn, at an even rate with a bounded number under way. */
export async function sendTraffic(client: Client, options: SendOptions): Promise<Sent> {
  const { rows, rate, count, concurrency, durationMs, signal } = options;
  const orders = rows.map((set) => endlessOrder(set.rows.length, options.random));
  const tally = { times: [] as number[], errors: 0, failures: [] as string[], byDeployment: {} as Record<string, number> };
  const started = performance.now();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count && !signal.aborted) {
      const number = next++;
      const due = (number / rate) * 1000;
      if (due > durationMs) return;
      const early = due - (performance.now() - started);
      if (early > 0) await pause(early, signal);
      if (signal.aborted || performance.now() - started > durationMs) return;
      const set = rows[number % rows.length] as HeldBack;
      const row = (orders[number % rows.length] as Generator<number, never>).next().value;
      await sendOne(client, { set, row, key: `${options.keyPrefix}-${number}`, labels: options.labels, tally });
      options.onSent?.(number + 1);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, lane));
  return { ...tally, seconds: (performance.now() - started) / 1000 };
}

interface One {
  readonly set: HeldBack;
  readonly row: number;
  readonly key: string;
  readonly labels: LabelQueue | null;
  readonly tally: { times: number[]; errors: number; failures: string[]; byDeployment: Record<string, number> };
}

async function sendOne(client: Client, { set, row, key, labels, tally }: One): Promise<void> {
  const values = set.rows[row] ?? [];
  const features = Object.fromEntries(set.names.map((name, i) => [name, values[i]]));
  // Where the model has fields of these names, only a list says that they are a row's.
  const isPlain = !set.names.includes('features') && !set.names.includes('key');
  const began = performance.now();
  try {
    const path = `/deployments/${encodeURIComponent(set.deployment)}/predict`;
    const answer = await client.post<Answered & { predictions?: readonly Answered[] }>(path, isPlain ? { features, key } : [features]);
    const { prediction_id } = answer.predictions?.[0] ?? answer;
    if (prediction_id === undefined) throw new CliError('the answer has no prediction_id');
    tally.times.push(performance.now() - began);
    tally.byDeployment[set.deployment] = (tally.byDeployment[set.deployment] ?? 0) + 1;
    const label = { deployment: set.deployment, actual: set.actuals[row] as number | string };
    labels?.add(isPlain ? { ...label, key } : { ...label, prediction_id });
  } catch (error) {
    tally.errors++;
    const sentence = `${set.deployment}: ${(error as Error).message}`;
    if (tally.failures.length < MAX_FAILURES_TOLD && !tally.failures.includes(sentence)) tally.failures.push(sentence);
  }
}

interface Answered {
  readonly prediction_id?: string;
}

/** The value below which `share` of the sorted times lie; null for none. */
export function percentile(sorted: readonly number[], share: number): number | null {
  if (sorted.length === 0) return null;
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? null;
}
