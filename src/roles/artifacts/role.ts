import { z } from 'zod';
import { defineRole } from '../define-role.ts';

const MOUNTS = ['/api/2.0', '/ajax-api/2.0', '/api/3.0', '/ajax-api/3.0'];

export default defineRole({
  name: 'artifacts',
  summary: "Files of runs and models: MLflow's artifact proxy",
  config: z.object({
    local_roots: z
      .array(z.string())
      .default([])
      .describe(
        'Folders of this machine below which artifacts may be read and written through the server, for experiments with a local artifact location.',
      ),
  }),
  needs: ['blobs'],
  peers: ['tracking', 'registry'],
  prefixes: [
    '/api/v1/artifacts',
    '/get-artifact',
    '/model-versions/get-artifact',
    ...MOUNTS.flatMap((mount) => [`${mount}/mlflow-artifacts`, `${mount}/mlflow/artifacts`, `${mount}/mlflow/upload-artifact`]),
  ],
  start: async (context) => (await import('./start.ts')).start(context),
});
