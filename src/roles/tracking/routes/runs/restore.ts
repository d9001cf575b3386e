import { RunById } from '#contract/http/mlflow/runs.ts';
import { trackingRoute } from '../../route.ts';

/** POST /api/2.0/mlflow/runs/restore */
export const restoreRun = trackingRoute({
  method: 'POST',
  path: '/mlflow/runs/restore',
  summary: 'Restore a deleted run',
  access: 'editor',
  input: RunById,
  async handle({ store }, { run_id }) {
    await store.moveRun(run_id, 'active');
    return {};
  },
});
