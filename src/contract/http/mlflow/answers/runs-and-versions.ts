import { z } from 'zod';

/** Numbers of 64 bits come as numbers; other servers of MLflow's protocol may write them as text. */
const long = z.union([z.number(), z.string()]);
/** NaN and the infinities come as their names. */
const double = z.union([z.number(), z.string()]);
const PairAnswer = z.object({ key: z.string(), value: z.string() });

/** One point of a metric. */
export const MetricAnswer = z.object({ key: z.string(), value: double, timestamp: long, step: long.optional() });
export type MetricAnswer = z.infer<typeof MetricAnswer>;

/** A run as runs/get, runs/create and runs/search tell it. Empty lists are absent. */
export const RunAnswer = z.object({
  info: z.object({
    run_id: z.string(),
    run_name: z.string().optional(),
    experiment_id: z.string(),
    status: z.enum(['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']),
    start_time: long.optional(),
    end_time: long.nullish(),
    artifact_uri: z.string(),
    lifecycle_stage: z.string().optional(),
  }),
  data: z
    .object({
      metrics: z.array(MetricAnswer).optional(),
      params: z.array(PairAnswer).optional(),
      tags: z.array(PairAnswer).optional(),
    })
    .optional(),
});
export type RunAnswer = z.infer<typeof RunAnswer>;

/** A model version as MLflow's registry tells it. */
export const VersionAnswer = z.object({
  name: z.string(),
  version: z.string(),
  creation_timestamp: long.optional(),
  last_updated_timestamp: long.optional(),
  current_stage: z.string().optional(),
  description: z.string().optional(),
  source: z.string().optional(),
  run_id: z.string().optional(),
  status: z.string().optional(),
  tags: z.array(PairAnswer).optional(),
  aliases: z.array(z.string()).optional(),
});
export type VersionAnswer = z.infer<typeof VersionAnswer>;
