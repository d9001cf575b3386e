import { z } from 'zod';
import { ViewType } from './experiments.ts';
import { double, int64, optional, Pair, pairs, required, searchFields, texts } from './fields.ts';

/** Older clients send `run_uuid`; current ones send both. */
const run = { run_id: optional, run_uuid: optional };

/** The run that a request names, whichever of the two fields it used. */
export const RunById = z.object(run).transform((value, context) => {
  const run_id = value.run_id || value.run_uuid;
  if (!run_id) {
    context.issues.push({ code: 'custom', message: 'missing', path: ['run_id'], input: value });
    return z.NEVER;
  }
  return { run_id };
});

/** Adds the rule of `RunById` to a request with more fields. */
function ofRun<S extends z.core.$ZodLooseShape>(shape: S) {
  return z.object({ ...run, ...shape }).transform((value, context) => {
    const { run_id, run_uuid, ...rest } = value as { run_id?: string | null; run_uuid?: string | null };
    const id = run_id || run_uuid;
    if (!id) {
      context.issues.push({ code: 'custom', message: 'missing', path: ['run_id'], input: value });
      return z.NEVER;
    }
    return { ...rest, run_id: id } as Omit<z.infer<z.ZodObject<S>>, never> & { run_id: string };
  });
}

/** POST runs/create. The experiment is "0" when none is named. */
export const CreateRun = z.object({
  experiment_id: optional,
  user_id: optional,
  run_name: optional,
  start_time: int64.nullish(),
  tags: pairs,
});
/** POST runs/update. An unknown status is ignored, as upstream does. */
export const UpdateRun = ofRun({ status: z.union([z.string(), z.int()]).nullish(), end_time: int64.nullish(), run_name: optional });
/** POST runs/log-metric */
export const LogMetric = ofRun({
  key: required,
  value: double,
  timestamp: int64,
  step: int64.nullish(),
  model_id: optional,
  dataset_name: optional,
  dataset_digest: optional,
});
/** POST runs/log-parameter */
export const LogParam = ofRun({ key: required, value: optional });
/** POST runs/set-tag */
export const SetTag = ofRun({ key: required, value: optional });
/** POST runs/delete-tag */
export const DeleteTag = ofRun({ key: required });

/** One point of a batch. */
export const MetricPoint = z.object({
  key: required,
  value: double,
  timestamp: int64,
  step: int64.nullish(),
  model_id: optional,
  dataset_name: optional,
  dataset_digest: optional,
});
export type MetricPoint = z.infer<typeof MetricPoint>;

const Points = z.array(MetricPoint);
const checkPoints = Points._zod.run;
// A batch holds up to a thousand points, nearly always of the plainest form: looked at by hand they take a twentieth of the time. All others
// go through the schema, which knows every form and what to say of a mistake.
Points._zod.run = (payload, context) => {
  const plain = plainPoints(payload.value);
  if (plain === undefined) return checkPoints(payload, context);
  payload.value = plain;
  return payload;
};

/** Points whose fields are all there, of their own types and without a model; undefined when one is not so. */
function plainPoints(given: unknown): MetricPoint[] | undefined {
  if (!Array.isArray(given)) return undefined;
  const points: MetricPoint[] = [];
  for (const each of given as Partial<MetricPoint>[]) {
    if (typeof each !== 'object' || each === null) return undefined;
    const { key, value, timestamp, step } = each;
    if (typeof key !== 'string' || key === '' || key.includes('\u0000') || !Number.isFinite(value)) return undefined;
    if (!Number.isSafeInteger(timestamp) || (step !== undefined && !Number.isSafeInteger(step))) return undefined;
    if (each.model_id !== undefined || each.dataset_name !== undefined || each.dataset_digest !== undefined) return undefined;
    points.push({ key, value: value as number, timestamp: timestamp as number, step });
  }
  return points;
}

/** POST runs/log-batch */
export const LogBatch = ofRun({ metrics: Points.nullish(), params: z.array(Pair).nullish(), tags: z.array(Pair).nullish() });
/** POST runs/log-model */
export const LogModel = ofRun({ model_json: required });

/** A data set as a run logs it. */
export const Dataset = z.object({
  name: required,
  digest: required,
  source_type: required,
  source: required,
  schema: optional,
  profile: optional,
});
/** POST runs/log-inputs */
export const LogInputs = ofRun({
  datasets: z.array(z.object({ tags: pairs, dataset: Dataset })).nullish(),
  models: z.array(z.object({ model_id: required })).nullish(),
});
/** POST runs/outputs */
export const LogOutputs = ofRun({ models: z.array(z.object({ model_id: required, step: int64.nullish() })) });
/** POST runs/search */
export const SearchRuns = z.object({
  ...searchFields,
  experiment_ids: texts.nullish(),
  run_view_type: ViewType.nullish(),
  max_results: int64.nullish(),
});

/** GET metrics/get-history */
export const MetricHistory = ofRun({ metric_key: required, max_results: int64.nullish(), page_token: optional });
/** GET metrics/get-history-bulk */
export const MetricHistoryBulk = z.object({ run_id: texts.nullish(), metric_key: optional, max_results: int64.nullish() });
/** GET metrics/get-history-bulk-interval */
export const MetricHistoryInterval = z.object({
  run_ids: texts,
  metric_key: required,
  start_step: int64.nullish(),
  end_step: int64.nullish(),
  max_results: int64.nullish(),
});
