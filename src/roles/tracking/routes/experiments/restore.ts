import { ExperimentById } from '#contract/http/mlflow/experiments.ts';
import { checkExperimentId } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';

/** POST /api/2.0/mlflow/experiments/restore */
export const restoreExperiment = trackingRoute({
  method: 'POST',
  path: '/mlflow/experiments/restore',
  summary: 'Restore a deleted experiment with its runs',
  access: 'editor',
  input: ExperimentById,
  async handle({ store, clock }, { experiment_id }) {
    checkExperimentId(experiment_id);
    await store.moveExperiment(experiment_id, { to: 'active', now: clock.now() });
    return {};
  },
});
