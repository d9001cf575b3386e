import { z } from 'zod';
import type { Route } from '#http/route.ts';
import { Reply } from '#http/route.ts';
import type { TrackingDeps } from '../../route.ts';

/** The MLflow release that clients should take this for: from 3.4 on they send spans by OTLP, which is all that they use it for. */
const MLFLOW_VERSION = '3.17.2';

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
