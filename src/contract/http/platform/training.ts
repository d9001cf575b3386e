import { z } from 'zod';
import { CrossFieldRule, ModelField, ModelSchema } from '#contract/model-schema.ts';

/** A learner with parameters of its own, where several are compared. */
export const LearnerChoice = z.union([
  z.string().min(1),
  z.object({ learner: z.string().min(1), params: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).optional() }),
]);
export type LearnerChoice = z.infer<typeof LearnerChoice>;

/** When a candidate takes the place of the version that an alias names. */
export const GateOptions = z.object({
  /** Least gain: a share of the present error for regression, points of accuracy (or a share of log loss) for classification. */
  min_improvement: z.number().min(0).max(1).optional(),
  /** Fewest held-out rows on which a comparison counts. */
  min_rows: z.int().min(1).optional(),
});
export type GateOptions = z.infer<typeof GateOptions>;

/** POST /api/v1/training/preview: what training would read from a data file. */
export const PreviewRequest = z.object({
  /** `upload:ID` as answered by POST /api/v1/datasets, or `example:iris.csv` for a bundled file. */
  data: z.string().min(1),
  target: z.string().min(1),
  task: z.enum(['classification', 'regression']).optional(),
  /** Columns to leave out. */
  drop: z.array(z.string()).optional(),
  /** Overrides of inferred fields: aliases, limits. */
  fields: z.array(ModelField.partial().extend({ name: z.string() })).optional(),
  rules: z.array(CrossFieldRule).optional(),
  unit: z.string().optional(),
});
export type PreviewRequest = z.infer<typeof PreviewRequest>;

/** POST /api/v1/training/jobs: train on an uploaded or bundled data file. */
export const TrainRequest = PreviewRequest.extend({
  /** One learner, or several to compare: the best on the validation rows (or folds) is the candidate. */
  learner: z.union([z.string().min(1), z.array(LearnerChoice).min(1).max(10)]).optional(),
  /** Parameters of the learner, where one is named. */
  params: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).optional(),
  /** Divide numbers by their standard deviation; default by learner. */
  scale: z.boolean().optional(),
  experiment: z.string().min(1).optional(),
  /** Registered model to add a version to. */
  register: z.string().min(1).optional(),
  /** Alias that the new version gets if the gate lets it pass; where it is deployed, `production` (or `shadow`) by default. */
  alias: z.string().min(1).optional(),
  /** Deployment to make or update with the new version; also the registered model's name where none is given. */
  deploy: z.string().min(1).optional(),
  /** Part that the version plays in the deployment; shadows pass no gate. */
  role: z.enum(['primary', 'shadow']).optional(),
  /** Make it the deployment that answers /predict. */
  default_deployment: z.boolean().optional(),
  /** `gate` compares with the version that the alias names; `always` moves the alias, `never` leaves it. */
  promotion: z.enum(['gate', 'always', 'never']).optional(),
  gate: GateOptions.optional(),
  seed: z.int().min(0).optional(),
  test_size: z.number().gt(0).lt(1).optional(),
  /** Share of rows for choosing between learners; 0 where one learner is trained. */
  validation_size: z.number().min(0).lt(1).optional(),
  folds: z.int().min(0).max(20).optional(),
  /** Rows with any |z| above this are left out of training (system 002's filter: 3); validation and test rows stay. */
  max_z: z.number().positive().optional(),
  description: z.string().optional(),
});
export type TrainRequest = z.infer<typeof TrainRequest>;

/** What became of one column of the file. */
export const ColumnReport = z.object({
  name: z.string(),
  use: z.enum(['feature', 'target', 'left out']),
  kind: z.enum(['number', 'category', 'boolean']),
  missing: z.int(),
  distinct: z.int(),
});
export type ColumnReport = z.infer<typeof ColumnReport>;

/** Answer of POST /api/v1/training/preview. */
export const Preview = z.object({
  rows: z.int(),
  /** Rows without a target, left out. */
  rows_left_out: z.int(),
  columns: z.array(ColumnReport),
  schema: ModelSchema,
  warnings: z.array(z.string()),
});
export type Preview = z.infer<typeof Preview>;

/** Answer of POST /api/v1/datasets. */
export const UploadedDataset = z.object({
  /** `upload:ID`, for `data` of a training request. */
  data: z.string(),
  name: z.string(),
  bytes: z.int(),
  /** What stands in it, unless the request said `inspect=false`. */
  rows: z.int().optional(),
  sha256: z.string().optional(),
  columns: z.array(ColumnReport.omit({ use: true }).extend({ example: z.union([z.number(), z.string(), z.null()]) })).optional(),
});
export type UploadedDataset = z.infer<typeof UploadedDataset>;

/** The gate's answer with the figures that it was given for. */
export const GateDecision = z.object({
  promoted: z.boolean(),
  reason: z.string(),
  /** Figure that decided; null where none did. */
  metric: z.string().nullable(),
  candidate: z.number().nullable(),
  holder: z.number().nullable(),
  holder_version: z.string().nullable(),
  rows: z.int(),
});
export type GateDecision = z.infer<typeof GateDecision>;

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
      gate: GateDecision.nullable(),
      candidates: z.array(
        z.object({ learner: z.string(), run_id: z.string(), metrics: z.record(z.string(), z.number()), seconds: z.number() }),
      ),
    })
    .nullable(),
});
export type TrainingJob = z.infer<typeof TrainingJob>;
