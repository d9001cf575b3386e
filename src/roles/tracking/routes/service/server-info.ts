import { z } from 'zod';
import { trackingRoute } from '../../route.ts';

/** GET /api/3.0/mlflow/server-info: clients ask it when a workspace is set. */
export const serverInfo = trackingRoute({
  method: 'GET',
  path: '/mlflow/server-info',
  summary: 'Kind of the store and whether there are workspaces',
  access: 'viewer',
  input: z.object({}),
  handle: () => ({ store_type: 'SqlStore', workspaces_enabled: false }),
});
