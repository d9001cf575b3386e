import { clip, invalidValue, isLonger, keyProblem, tooLong } from '#contract/http/mlflow/names.ts';
import { check, refuse } from '#http/mlflow/input.ts';
import type { Pair } from './entities.ts';

/** MLflow's limits (mlflow/utils/validation.py, 3.17). Long values of parameters and tags are cut, not refused, as upstream does by default. */
const KEY = 250;
const PARAM_VALUE = 6000;
const TAG_VALUE = 8000;
const EXPERIMENT_TAG_VALUE = 20_000;
const BATCH = { metrics: 1000, params: 100, tags: 100, total: 1000 } as const;

export function checkRunId(id: string): void {
  if (!/^[a-zA-Z0-9][\p{L}\p{N}_-]{0,255}$/u.test(id)) throw refuse(invalidValue('run_id', id));
}

/** Experiment ids are integers up to 2^63 written as text. */
export function checkExperimentId(id: string): void {
  if (!/^-?\d{1,19}$/u.test(id)) throw refuse(`Invalid experiment ID '${id}'. Experiment ID must be a valid integer.`);
}

export function checkedParam({ key, value }: Pair, path = ''): Pair {
  check(keyProblem(key, `${path}key`));
  if (isLonger(key, KEY)) throw refuse(tooLong('Param key', KEY));
  return { key, value: clip(value, PARAM_VALUE) };
}

export function checkedTag({ key, value }: Pair, path = ''): Pair {
  check(keyProblem(key, `${path}key`));
  if (isLonger(key, KEY)) throw refuse(tooLong(`${path}key`, KEY));
  return { key, value: clip(value, TAG_VALUE) };
}

export function checkExperimentTag({ key, value }: Pair): void {
  check(keyProblem(key, 'key'));
  if (isLonger(key, KEY)) throw refuse(tooLong('key', KEY));
  if (isLonger(value, EXPERIMENT_TAG_VALUE)) throw refuse(tooLong('value', EXPERIMENT_TAG_VALUE));
}

export function checkMetric(metric: { readonly key: string; readonly value: number; readonly timestamp: number }, path = ''): void {
  check(keyProblem(metric.key, `${path}name`));
  if (isLonger(metric.key, KEY)) throw refuse(tooLong('Metric name', KEY));
  if (metric.timestamp < 0) {
    const why = `metric '${metric.key}' (value=${metric.value}). Timestamp must be a nonnegative long (64-bit integer) `;
    throw refuse(invalidValue(`${path}timestamp`, metric.timestamp, why));
  }
}

export function checkBatchSize(sizes: { readonly metrics: number; readonly params: number; readonly tags: number }): void {
  checkCount('metrics', BATCH.metrics, sizes.metrics);
  checkCount('params', BATCH.params, sizes.params);
  checkCount('tags', BATCH.tags, sizes.tags);
  checkCount('metrics, params, and tags', BATCH.total, sizes.metrics + sizes.params + sizes.tags);
}

function checkCount(what: string, limit: number, count: number): void {
  if (count <= limit) return;
  throw refuse(
    `A batch logging request can contain at most ${limit} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`,
  );
}

/** A batch with one key twice does not say which value counts. */
export function checkUniqueParams(params: readonly Pair[]): void {
  const seen = new Set<string>();
  const twice = params.filter(({ key }) => seen.has(key) || !seen.add(key)).map(({ key }) => `'${key}'`);
  if (twice.length === 0) return;
  throw refuse(
    `Duplicate parameter keys have been submitted: [${twice.join(', ')}]. Please ensure the request contains only one param value per param key.`,
  );
}

export function checkLength(name: string, value: string | null | undefined, limit: number): void {
  if (value && isLonger(value, limit)) throw refuse(tooLong(name, limit));
}
