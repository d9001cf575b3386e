import { SetExperimentTag } from '#contract/http/mlflow/experiments.ts';
import { checkExperimentId, checkExperimentTag } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';

/** POST /api/2.0/mlflow/experiments/set-experiment-tag */
export const setExperimentTag = trackingRoute({
  method: 'POST',
  path: '/mlflow/experiments/set-experiment-tag',
  summary: 'Set a tag of an experiment',
  access: 'editor',
  input: SetExperimentTag,
  async handle({ store }, { experiment_id, key, value }) {
    const tag = { key, value: value ?? '' };
    checkExperimentId(experiment_id);
    checkExperimentTag(tag);
    await store.setExperimentTag(experiment_id, tag);
    return {};
  },
});
