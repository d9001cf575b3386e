import { z } from 'zod';
import { defineRole } from '../define-role.ts';
import { datasetStore, trackingStore } from './stores.ts';

export default defineRole({
  name: 'tracking',
  summary: "Experiments, runs, metrics and logged models: MLflow's tracking API",
  config: z.object({
    default_artifact_root: z
      .string()
      .default('mlflow-artifacts:/')
      .describe('URI below which new experiments keep their artifacts. The default stores them through this server.'),
  }),
  needs: ['database'],
  stores: [trackingStore, datasetStore],
  peers: [],
  asks: ['artifacts'],
  prefixes: [
    '/api/v1/tracking',
    '/v1/traces',
    ...['/api', '/ajax-api'].flatMap((api) =>
      ['2.0', '3.0'].flatMap((version) =>
        ['experiments', 'runs', 'metrics', 'logged-models', 'traces', 'datasets', 'scorers', 'server-info'].map(
          (part) => `${api}/${version}/mlflow/${part}`,
        ),
      ),
    ),
  ],
  load: () => import('./start.ts'),
});
