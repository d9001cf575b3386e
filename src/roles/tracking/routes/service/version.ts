import { z } from 'zod';
import type { Route } from '#http/route.ts';
import { Reply } from '#http/route.ts';
import type { TrackingDeps } from '../../route.ts';

/** The MLflow release whose classic API this is. Clients compare it with their own to choose what they may call. */
export const MLFLOW_VERSION = '3.12.0';

/** GET /version */
export const version: Route<TrackingDeps, z.ZodObject> = {
  method: 'GET',
  path: '/version',
  summary: 'The MLflow version whose API is served',
  access: 'public',
  style: 'mlflow',
  tag: 'tracking',
  input: z.object({}),
  handle: () => new Reply(200, MLFLOW_VERSION, { 'content-type': 'text/plain; charset=utf-8' }),
};
