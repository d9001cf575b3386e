import type { TrainRequest } from '#contract/http/platform/training.ts';

/** What other roles may ask of training. */
export interface TrainingApi {
  /** Starts a training job; resolves at once with its id. */
  start(request: TrainRequest): Promise<{ job_id: string }>;
}
