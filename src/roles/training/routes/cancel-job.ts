import { z } from 'zod';
import { TrainingJob } from '#contract/http/platform/training.ts';
import { defineRoute } from '#http/route.ts';
import { mounts, type TrainingRouteDeps } from './deps.ts';

/** POST /api/v1/training/jobs/:job_id/cancel */
export const cancelJob = defineRoute<TrainingRouteDeps>()({
  method: 'POST',
  path: '/training/jobs/:job_id/cancel',
  mounts,
  summary: 'End a waiting or running training job; one that has ended stays as it is',
  access: 'editor',
  tag: 'training',
  input: z.object({ job_id: z.string() }),
  answer: TrainingJob,
  handle: ({ jobs }, { job_id }) => jobs.cancel(job_id),
});
