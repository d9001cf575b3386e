import { z } from 'zod';
import { defineRoute } from '#http/route.ts';
import { learners } from '#learners/registry.ts';
import { mounts, type TrainingRouteDeps } from './deps.ts';

const Learners = z.object({
  items: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      tasks: z.array(z.enum(['classification', 'regression'])),
      params: z.array(
        z
          .object({ name: z.string(), type: z.string(), default: z.union([z.number(), z.string(), z.boolean()]), describe: z.string() })
          .loose(),
      ),
    }),
  ),
  next_cursor: z.null(),
});

/** GET /api/v1/training/learners */
export const listLearners = defineRoute<TrainingRouteDeps>()({
  method: 'GET',
  path: '/training/learners',
  mounts,
  summary: 'Learners with their parameters, defaults and allowed values',
  access: 'viewer',
  tag: 'training',
  input: z.object({}),
  answer: Learners,
  handle: () => ({ items: learners.map(({ name, title, tasks, params }) => ({ name, title, tasks, params })), next_cursor: null }),
});
