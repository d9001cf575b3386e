import { z } from 'zod';
import { FeatureValue, VariantRole } from '../../events.ts';
import { QueryTime } from './time.ts';

const filterFields = {
  deployment: z.string().optional().meta({ description: 'Name of the deployment' }),
  variant: VariantRole.optional().meta({ description: 'Part that the variant plays' }),
  model: z.string().optional().meta({ description: 'Name of the registered model' }),
  version: z.coerce.string().optional().meta({ description: 'Model version' }),
  status: z.enum(['ok', 'error']).optional().meta({ description: 'Whether the model answered' }),
  label: z.coerce.string().optional().meta({ description: 'Predicted class' }),
  from: QueryTime.optional().meta({ description: 'First moment, inclusive: RFC 3339, or an age such as 15m, 24h, 7d' }),
  to: QueryTime.optional().meta({ description: 'Last moment, exclusive' }),
  q: z.string().optional().meta({ description: 'Exact prediction_id, request_id or key' }),
};

const limit = (normal: number) =>
  z.coerce.number().int().min(1).max(1000).default(normal).meta({ description: 'Rows of a page, at most 1,000' });
const by = z.enum(['deployment', 'role', 'version', 'status', 'label']);

/** Which predictions: the query of GET /api/v1/predictions/count and /summary. */
export const PredictionQuery = z.object(filterFields);
export type PredictionQuery = z.infer<typeof PredictionQuery>;

/** GET /api/v1/predictions */
export const PredictionListQuery = z.object({ ...filterFields, cursor: z.string().optional(), limit: limit(100) });

/** GET /api/v1/predictions/series */
export const PredictionSeriesQuery = z.object({
  ...filterFields,
  bucket: z
    .string()
    .regex(/^\d+(s|m|h|d)$/u, 'write a width such as 10s, 1m, 1h, 1d')
    .optional()
    .meta({ description: 'Width of a bucket; chosen from the range where absent' }),
  by: by.optional().meta({ description: 'One line per value of this field' }),
});

/** GET /api/v1/predictions/groups */
export const PredictionGroupsQuery = z.object({ ...filterFields, by });

/** GET /api/v1/predictions/export */
export const PredictionExportQuery = z.object({
  ...filterFields,
  format: z.enum(['jsonl', 'csv']).default('jsonl'),
  limit: z.coerce.number().int().min(1).max(10_000_000).default(1_000_000).meta({ description: 'Most rows to write' }),
});

/** GET /api/v1/predictions/{prediction_id} */
export const PredictionIdQuery = z.object({ id: z.string().min(1) });

/** GET /predictions/recent */
export const RecentQuery = z.object({ limit: limit(10) });

/** One row of the index on the wire. */
export const PredictionItem = z.object({
  prediction_id: z.string(),
  request_id: z.string(),
  row: z.int(),
  time: z.string(),
  deployment: z.string(),
  role: VariantRole,
  model_name: z.string(),
  model_version: z.string(),
  run_id: z.string().nullable(),
  status: z.enum(['ok', 'error']),
  task: z.enum(['classification', 'regression', 'other']),
  prediction: z.union([z.number(), z.string(), z.null()]),
  probabilities: z.record(z.string(), z.number()).nullable(),
  features: z.record(z.string(), FeatureValue),
  duration_ms: z.number(),
  queue_ms: z.number().nullable(),
  batch_size: z.number().nullable(),
  key: z.string().nullable(),
  paired_with: z.string().nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  actual: z.union([z.number(), z.string(), z.null()]),
  observed_at: z.string().nullable(),
});
export type PredictionItem = z.infer<typeof PredictionItem>;

/** Newest first; `next_cursor` is null on the last page. */
export const PredictionList = z.object({ items: z.array(PredictionItem), next_cursor: z.string().nullable() });
export type PredictionList = z.infer<typeof PredictionList>;

/** A prediction with what it came from, its pairs and its label. */
export const PredictionDetail = PredictionItem.extend({
  lineage: z.object({
    model_name: z.string(),
    model_version: z.string(),
    run_id: z.string().nullable(),
    run: z
      .object({
        run_name: z.string(),
        experiment_id: z.string(),
        status: z.string(),
        params: z.record(z.string(), z.string()),
        metrics: z.record(z.string(), z.number()),
        datasets: z.array(z.object({ name: z.string(), digest: z.string(), context: z.string() })),
      })
      .nullable(),
  }),
  /** The same row as answered by the other variants. */
  pairs: z.array(PredictionItem),
  feedback: z
    .object({
      actual: z.union([z.number(), z.string()]),
      observed_at: z.string().nullable(),
      correct: z.boolean().nullable(),
      error: z.number().nullable(),
    })
    .nullable(),
});
export type PredictionDetail = z.infer<typeof PredictionDetail>;

const figures = {
  count: z.int(),
  errors: z.int(),
  mean_ms: z.number().nullable(),
  p50_ms: z.number().nullable(),
  p95_ms: z.number().nullable(),
  p99_ms: z.number().nullable(),
  /** Rows per call of the engine. */
  mean_batch: z.number().nullable(),
  /** Wait for the call of the engine. */
  mean_queue_ms: z.number().nullable(),
};

/** Figures over a set of predictions; durations in milliseconds. */
export const PredictionSummary = z.object({ ...figures, from: z.string().nullable(), to: z.string().nullable() });
export const PredictionCount = z.object({ count: z.int() });
export const PredictionGroups = z.object({ by, items: z.array(z.object({ group: z.string(), ...figures })) });
/** Buckets that hold rows, oldest first; empty ones are absent. */
export const PredictionSeries = z.object({
  from: z.string(),
  to: z.string(),
  bucket_ms: z.int(),
  points: z.array(z.object({ t: z.string(), group: z.string().nullable(), ...figures })),
});

/** The shape of system 002's list of recent predictions. */
export const RecentPredictions = z.object({
  predictions: z.array(
    z.object({
      id: z.string(),
      timestamp: z.string(),
      input_features: z.record(z.string(), FeatureValue),
      prediction: z.union([z.number(), z.string(), z.null()]),
      model_version: z.string(),
      response_time_ms: z.number(),
    }),
  ),
});

/** The true outcome of one prediction, named by its id or by the caller's key. */
export const FeedbackItem = z.object({
  prediction_id: z.string().min(1).optional(),
  deployment: z.string().min(1).optional(),
  key: z.string().min(1).optional(),
  actual: z.union([z.number(), z.string(), z.boolean()], {
    error: (issue) => (issue.input === undefined ? 'is required: the true outcome' : 'must be a number or a text'),
  }),
  observed_at: z.string().optional(),
});
export type FeedbackItem = z.infer<typeof FeedbackItem>;

/** Most labels in one request. */
export const FEEDBACK_MAX_ITEMS = 10_000;

/** POST /feedback: one item, or `items`. Items are checked one by one, so that a bad one does not refuse the others. */
export const FeedbackRequest = z.object({
  items: z.array(z.unknown()).max(FEEDBACK_MAX_ITEMS).optional().meta({ description: 'Many labels, each as a single one' }),
  prediction_id: z.unknown().optional().meta({ description: 'The prediction, or give deployment and key' }),
  deployment: z.unknown().optional().meta({ description: 'Deployment of the key; the default deployment where absent' }),
  key: z.unknown().optional().meta({ description: 'The name that the caller gave to the row' }),
  actual: z.unknown().optional().meta({ description: 'The true outcome: a number for regression, a class otherwise' }),
  observed_at: z.unknown().optional().meta({ description: 'When it became known, RFC 3339; now where absent' }),
});

/** What became of the labels. Every item is counted once, in `accepted`, `replaced`, `unchanged`, `unknown` or `invalid`. */
export const FeedbackAnswer = z.object({
  /** Labels of predictions that had none. */
  accepted: z.int(),
  /** Labels that differ from the one given before and now stand in its place. */
  replaced: z.int(),
  /** Labels that were there already. */
  unchanged: z.int(),
  /** Ids, or keys, that no prediction has. */
  unknown: z.array(z.string()),
  invalid: z.array(z.object({ index: z.int(), message: z.string() })),
  /** Accepted, but worth a look: classes that the model does not know. */
  warnings: z.array(z.object({ index: z.int(), message: z.string() })),
});
export type FeedbackAnswer = z.infer<typeof FeedbackAnswer>;
