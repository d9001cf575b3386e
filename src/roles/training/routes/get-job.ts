import { z } from 'zod';
import { TrainingJob } from '#contract/http/platform/training.ts';
import { defineRoute } from '#http/route.ts';
import { mounts, type TrainingRouteDeps } from './deps.ts';

/** GET /api/v1/training/jobs/:job_id */
export const getJob = defineRoute<TrainingRouteDeps>()({
  method: 'GET',
  path: '/training/jobs/:job_id',
  mounts,
  summary: 'One training job with its progress, warnings and result',
  access: 'viewer',
  tag: 'training',
  input: z.object({ job_id: z.string() }),
  answer: TrainingJob,
  handle: ({ jobs }, { job_id }) => jobs.get(job_id),
});
