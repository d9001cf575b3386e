import { RunById } from '#contract/http/mlflow/runs.ts';
import { trackingRoute } from '../../route.ts';

/** POST /api/2.0/mlflow/runs/delete */
export const deleteRun = trackingRoute({
  method: 'POST',
  path: '/mlflow/runs/delete',
  summary: 'Delete a run; it can be restored',
  access: 'editor',
  input: RunById,
  async handle({ store }, { run_id }) {
    await store.moveRun(run_id, 'deleted');
    return {};
  },
});
