import { z } from 'zod';
import { CrossFieldRule, ModelField } from '#contract/model-schema.ts';

/** POST /api/v1/training/jobs: train on a data file that the server can read, or on an uploaded one. */
export const TrainRequest = z.object({
  /** Path of a CSV or Parquet file on the server, or `upload:ID` as answered by POST /api/v1/datasets. */
  data: z.string().min(1),
  target: z.string().min(1),
  task: z.enum(['classification', 'regression']).optional(),
  /** One learner, or several to compare on one common test set: the best is registered. */
  learner: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
  params: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).optional(),
  experiment: z.string().optional(),
  /** Registered model to add a version to. */
  register: z.string().optional(),
  /** Alias to set on the new version. */
  alias: z.string().optional(),
  /** Deployment to make or update with the new version. */
  deploy: z.string().optional(),
  /** Columns to leave out. */
  drop: z.array(z.string()).optional(),
  seed: z.int().optional(),
  test_size: z.number().gt(0).lt(1).optional(),
  /** Share of rows for choosing between learners; 0 where one learner is trained. */
  validation_size: z.number().min(0).lt(1).optional(),
  folds: z.int().min(0).max(20).optional(),
  /** Rows with any |z| above this are left out of training (system 002's filter: 3). */
  max_z: z.number().positive().optional(),
  /** Overrides of inferred fields: aliases, limits. */
  fields: z.array(ModelField.partial().extend({ name: z.string() })).optional(),
  rules: z.array(CrossFieldRule).optional(),
  unit: z.string().optional(),
});
export type TrainRequest = z.infer<typeof TrainRequest>;

/** State of a training job. */
export const TrainingJob = z.object({
  job_id: z.string(),
  state: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']),
  progress: z.number().min(0).max(1),
  /** What it is doing, in words. */
  step: z.string(),
  created_at: z.string(),
  finished_at: z.string().nullable(),
  request: TrainRequest,
  error: z.string().nullable(),
  warnings: z.array(z.string()),
  result: z
    .object({
      experiment_id: z.string(),
      run_id: z.string(),
      model: z.string().nullable(),
      version: z.string().nullable(),
      deployment: z.string().nullable(),
      learner: z.string(),
      metrics: z.record(z.string(), z.number()),
      promoted: z.boolean(),
      /** Why the alias was moved or not. */
      decision: z.string(),
      candidates: z.array(z.object({ learner: z.string(), run_id: z.string(), metrics: z.record(z.string(), z.number()), seconds: z.number() })),
    })
    .nullable(),
});
export type TrainingJob = z.infer<typeof TrainingJob>;
