import { UpdateExperiment } from '#contract/http/mlflow/experiments.ts';
import { checkExperimentId } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';
import { checkExperimentName } from './create.ts';

/** POST /api/2.0/mlflow/experiments/update */
export const updateExperiment = trackingRoute({
  method: 'POST',
  path: '/mlflow/experiments/update',
  summary: 'Rename an experiment',
  access: 'editor',
  input: UpdateExperiment,
  async handle({ store, clock }, { experiment_id, new_name }) {
    checkExperimentId(experiment_id);
    checkExperimentName(new_name);
    await store.renameExperiment(experiment_id, { name: new_name, now: clock.now() });
    return {};
  },
});
