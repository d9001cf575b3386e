import { z } from 'zod';

/** Types of the events that Trainyard writes; the `type` attribute of the CloudEvents envelope. */
export const EVENT_TYPES = {
  prediction: 'trainyard.prediction',
  feedback: 'trainyard.feedback',
  deployment: 'trainyard.deployment',
} as const;

/** What a deployment that speaks as system 002 puts before the ids that it gives out. */
export const GIVEN_ID_PREFIX = 'pred_';

/** The id under which a prediction is recorded, from the one that its caller was given. Recorded ids are UUIDs: none begins with the prefix. */
export function recordedId(given: string): string {
  return given.startsWith(GIVEN_ID_PREFIX) ? given.slice(GIVEN_ID_PREFIX.length) : given;
}

/** A feature as the caller gave it after checking; null is a missing value. */
export const FeatureValue = z.union([z.number(), z.string(), z.boolean(), z.null()]);
export type FeatureValue = z.infer<typeof FeatureValue>;

/** The part that a variant plays in its deployment. */
export const VariantRole = z.enum(['primary', 'shadow', 'canary']);
export type VariantRole = z.infer<typeof VariantRole>;

/** One scored row, or one row that a model failed to score (`status: 'error'`). */
export const PredictionData = z.object({
  prediction_id: z.string(),
  request_id: z.string(),
  /** Place of the row in its request, from 0. */
  row: z.int(),
  deployment: z.string(),
  role: VariantRole,
  model_name: z.string(),
  model_version: z.string(),
  run_id: z.string().optional(),
  features: z.record(z.string(), FeatureValue),
  status: z.enum(['ok', 'error']),
  /** A class label for classifiers, a number for regressors, null where the model failed. */
  prediction: z.union([z.number(), z.string(), z.null()]),
  task: z.enum(['classification', 'regression', 'other']),
  /** Probability by class label, for classifiers that give one. */
  probabilities: z.record(z.string(), z.number()).optional(),
  /** From reading the request to the answer being ready, milliseconds. */
  duration_ms: z.number(),
  /** Time that the row waited for its batch, milliseconds. */
  queue_ms: z.number().optional(),
  /** Rows that ran together in one call of the engine. */
  batch_size: z.int().optional(),
  /** The caller's own name for the row, for feedback by key. */
  key: z.string().optional(),
  /** On shadows: the prediction_id of the primary's answer to the same row. */
  paired_with: z.string().optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});
export type PredictionData = z.infer<typeof PredictionData>;

/** The true outcome of a prediction. */
export const FeedbackData = z.object({
  prediction_id: z.string(),
  deployment: z.string(),
  actual: z.union([z.number(), z.string()]),
  observed_at: z.string(),
  /** Whether an earlier label of the same prediction was replaced. */
  replaced: z.boolean(),
});
export type FeedbackData = z.infer<typeof FeedbackData>;

/** A change of what a deployment serves. */
export const DeploymentData = z.object({
  deployment: z.string(),
  action: z.string(),
  reason: z.string().optional(),
  by: z.string(),
  from_version: z.string().optional(),
  to_version: z.string().optional(),
  model_name: z.string().optional(),
});
export type DeploymentData = z.infer<typeof DeploymentData>;

const envelope = {
  specversion: z.literal('1.0'),
  id: z.string(),
  source: z.string(),
  /** RFC 3339, UTC, milliseconds. */
  time: z.string(),
  subject: z.string().optional(),
};

/** What stands on the event log: a CloudEvents 1.0 envelope in JSON (CloudEvents JSON format 1.0.2 §3). */
export const TrainyardEvent = z.discriminatedUnion('type', [
  z.object({ ...envelope, type: z.literal(EVENT_TYPES.prediction), data: PredictionData }),
  z.object({ ...envelope, type: z.literal(EVENT_TYPES.feedback), data: FeedbackData }),
  z.object({ ...envelope, type: z.literal(EVENT_TYPES.deployment), data: DeploymentData }),
]);
export type TrainyardEvent = z.infer<typeof TrainyardEvent>;
