import { z } from 'zod';

const scored = {
  /** A class or a number; null for models whose outputs are tensors. */
  prediction: z.union([z.string(), z.number(), z.null()]),
  predicted_class: z.string().optional(),
  /** By class. */
  probabilities: z.record(z.string(), z.number()).optional(),
  outputs: z.record(z.string(), z.unknown()).optional(),
  prediction_id: z.string(),
};

/** What is told of one row. */
export const ScoredRow = z.object(scored);
export type ScoredRow = z.infer<typeof ScoredRow>;

const made = {
  model_name: z.string(),
  model_version: z.string(),
  deployment: z.string(),
  timestamp: z.string(),
  prediction_time_seconds: z.number(),
};

/** Answer to one row: POST /predict and /deployments/{name}/predict. */
export const PredictAnswer = z.object({ ...scored, ...made });
export type PredictAnswer = z.infer<typeof PredictAnswer>;

/** Answer to a list of rows, in their order. */
export const PredictManyAnswer = z.object({ predictions: z.array(ScoredRow), ...made });
export type PredictManyAnswer = z.infer<typeof PredictManyAnswer>;
