import { z } from 'zod';
import { TrainingJob } from '#contract/http/platform/training.ts';
import { defineRoute } from '#http/route.ts';
import { mounts, type TrainingRouteDeps } from './deps.ts';

/** GET /api/v1/training/jobs */
export const listJobs = defineRoute<TrainingRouteDeps>()({
  method: 'GET',
  path: '/training/jobs',
  mounts,
  summary: 'Training jobs, newest first',
  access: 'viewer',
  tag: 'training',
  input: z.object({ limit: z.coerce.number().int().min(1).max(1000).default(50), cursor: z.string().optional() }),
  answer: z.object({ items: z.array(TrainingJob), next_cursor: z.string().nullable() }),
  async handle({ jobs }, { limit, cursor }) {
    const items = await jobs.list(limit, cursor ?? null);
    return { items, next_cursor: items.length === limit ? (items.at(-1)?.job_id ?? null) : null };
  },
});
