import { DeleteExperimentTag } from '#contract/http/mlflow/experiments.ts';
import { checkExperimentId } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';

/** POST /api/2.0/mlflow/experiments/delete-experiment-tag */
export const deleteExperimentTag = trackingRoute({
  method: 'POST',
  path: '/mlflow/experiments/delete-experiment-tag',
  summary: 'Delete a tag of an experiment',
  access: 'editor',
  input: DeleteExperimentTag,
  async handle({ store }, { experiment_id, key }) {
    checkExperimentId(experiment_id);
    await store.deleteExperimentTag(experiment_id, key);
    return {};
  },
});
