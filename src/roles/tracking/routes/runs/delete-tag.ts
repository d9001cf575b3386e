import { DeleteTag } from '#contract/http/mlflow/runs.ts';
import { trackingRoute } from '../../route.ts';

/** POST /api/2.0/mlflow/runs/delete-tag */
export const deleteTag = trackingRoute({
  method: 'POST',
  path: '/mlflow/runs/delete-tag',
  summary: 'Delete a tag of a run',
  access: 'editor',
  input: DeleteTag,
  async handle({ store }, { run_id, key }) {
    await store.deleteRunTag(run_id, key);
    return {};
  },
});
