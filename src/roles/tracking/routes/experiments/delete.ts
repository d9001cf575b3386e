import { ExperimentById } from '#contract/http/mlflow/experiments.ts';
import { checkExperimentId } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';

/** POST /api/2.0/mlflow/experiments/delete */
export const deleteExperiment = trackingRoute({
  method: 'POST',
  path: '/mlflow/experiments/delete',
  summary: 'Delete an experiment with its runs; it can be restored',
  access: 'editor',
  input: ExperimentById,
  async handle({ store, clock }, { experiment_id }) {
    checkExperimentId(experiment_id);
    await store.moveExperiment(experiment_id, { to: 'deleted', now: clock.now() });
    return {};
  },
});
