import { z } from 'zod';
import { type BoundRoute, bindRoutes, defineRoute, Reply } from '#http/route.ts';
import type { WorkerPool } from '../pool.ts';

interface Deps {
  readonly pool: WorkerPool;
}

const WorkersAnswer = z.object({
  restart: z.object({ state: z.enum(['none', 'running', 'done', 'failed']), error: z.string().nullable() }),
  items: z.array(
    z.object({
      seat: z.int(),
      state: z.enum(['running', 'starting']),
      pid: z.int().nullable(),
      started_at: z.string().nullable(),
      restarts: z.int(),
      event_log: z.string().nullable(),
    }),
  ),
});

const shared = { path: '/api/v1/workers', tag: 'system', answer: WorkersAnswer } as const;
const answerOf = ({ pool }: Deps): z.infer<typeof WorkersAnswer> => ({ restart: pool.restartState, items: pool.views() });

/** GET /api/v1/workers */
export const listWorkers = defineRoute<Deps>()({
  ...shared,
  method: 'GET',
  summary: 'The processes that answer predictions, and how the last rolling restart went',
  access: 'viewer',
  input: z.object({}),
  handle: answerOf,
});

/** POST /api/v1/workers/restart: answered at once, because a worker ends only when it has answered all, this request included. */
export const restartWorkers = defineRoute<Deps>()({
  ...shared,
  method: 'POST',
  path: '/api/v1/workers/restart',
  summary: 'Begin to replace the serving workers one after the other, without a failed request',
  access: 'admin',
  input: z.object({}).optional(),
  handle: (deps) => {
    deps.pool.restart();
    return new Reply(202, answerOf(deps));
  },
});

/** Endpoints of a program with several serving processes. */
export function workerRoutes(pool: WorkerPool | undefined): BoundRoute[] {
  return pool ? bindRoutes({ pool }, [listWorkers, restartWorkers]) : [];
}
