import { z } from 'zod';

const View = z.enum(['active', 'deleted', 'all']).default('active');
const ExperimentIds = z.array(z.string().min(1)).min(1).max(100);

/** Part of a run that a table shows: `metrics.KEY`, `params.KEY`, `tags.KEY`, `attributes.user_id|artifact_uri|experiment_id`, `datasets`. The key is taken as it is. */
export const RunField = z
  .string()
  .max(600)
  .regex(/^(?:(?:metrics|params|tags)\..+|attributes\.(?:user_id|artifact_uri|experiment_id)|datasets)$/su, {
    message: 'must be metrics.KEY, params.KEY, tags.KEY, attributes.user_id, attributes.artifact_uri, attributes.experiment_id or datasets',
  });

const Narrowed = {
  experiment_ids: ExperimentIds,
  /** MLflow's search grammar with OR, parentheses and IN. */
  filter: z.string().max(20_000).optional(),
  view: View,
};

/** POST /api/v1/tracking/runs/search: only what a page shows, in the order that it asks for. */
export const SearchRunRows = z.object({
  ...Narrowed,
  order_by: z.array(z.string()).max(5).default([]),
  fields: z.array(RunField).max(100).default([]),
  /** Only runs without a parent. */
  roots_only: z.boolean().default(false),
  limit: z.number().int().min(1).max(1000).default(200),
  cursor: z.string().optional(),
});

/** One run as a row. `values` are those of `fields`, in their order; numbers that JSON does not have are words. */
export const RunRow = z.object({
  run_id: z.string(),
  run_name: z.string(),
  experiment_id: z.string(),
  status: z.string(),
  lifecycle_stage: z.string(),
  start_time: z.number(),
  end_time: z.number().nullable(),
  /** Runs whose `mlflow.parentRunId` is this one. */
  children: z.number(),
  values: z.array(z.union([z.number(), z.string()]).nullable()),
});
export type RunRow = z.infer<typeof RunRow>;
export const RunRows = z.object({ items: z.array(RunRow), next_cursor: z.string().nullable() });

/** POST /api/v1/tracking/runs/count */
export const CountRuns = z.object({ ...Narrowed, roots_only: z.boolean().default(false) });
export const RunCount = z.object({ count: z.number() });

/** GET /api/v1/tracking/runs/csv: the whole table. */
export const RunsAsCsv = z.object({
  experiment_ids: z.preprocess((value) => (typeof value === 'string' ? value.split(',') : value), ExperimentIds),
  filter: Narrowed.filter,
  view: View,
  order_by: z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(z.string()).max(5).default([])),
  fields: z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(RunField).max(500).default([])),
});

/** POST /api/v1/tracking/runs/delete and /restore */
export const MoveRuns = z.object({ run_ids: z.array(z.string().min(1)).min(1).max(1000) });
export const MovedRuns = z.object({ moved: z.number(), unknown: z.array(z.string()) });

/** GET /api/v1/tracking/experiments */
export const ListExperiments = z.object({
  /** Part of the name, whatever its case. */
  q: z.string().max(500).optional(),
  view: View,
  sort: z.enum(['last_run', 'name', 'creation_time']).default('last_run'),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  cursor: z.string().optional(),
});
export const ExperimentRow = z.object({
  experiment_id: z.string(),
  name: z.string(),
  lifecycle_stage: z.string(),
  artifact_location: z.string(),
  creation_time: z.number(),
  last_update_time: z.number(),
  tags: z.array(z.object({ key: z.string(), value: z.string() })),
  active_runs: z.number(),
  deleted_runs: z.number(),
  /** When the newest active run began; null without runs. */
  last_run_time: z.number().nullable(),
});
export type ExperimentRow = z.infer<typeof ExperimentRow>;
export const ExperimentRows = z.object({ items: z.array(ExperimentRow), next_cursor: z.string().nullable() });

/** GET /api/v1/tracking/columns: what runs of some experiments hold. */
export const ListColumns = z.object({ experiment_ids: RunsAsCsv.shape.experiment_ids });
export const Columns = z.object({ metrics: z.array(z.string()), params: z.array(z.string()), tags: z.array(z.string()) });
export type Columns = z.infer<typeof Columns>;

/** POST /api/v1/tracking/metrics/series: points for charts, sampled evenly where there are more than `points`. */
export const MetricSeriesRequest = z.object({
  run_ids: z.array(z.string().min(1)).min(1).max(20),
  keys: z.array(z.string().min(1)).min(1).max(50),
  points: z.number().int().min(2).max(2500).default(600),
});
export const MetricSeries = z.object({
  items: z.array(
    z.object({
      run_id: z.string(),
      key: z.string(),
      steps: z.array(z.number()),
      /** Milliseconds. */
      times: z.array(z.number()),
      /** Null for NaN and infinities. */
      values: z.array(z.number().nullable()),
    }),
  ),
});
export type MetricSeries = z.infer<typeof MetricSeries>['items'][number];
