import { ExperimentById } from '#contract/http/mlflow/experiments.ts';
import { checkExperimentId } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';
import { experimentToWire } from '../../wire.ts';

/** GET /api/2.0/mlflow/experiments/get */
export const getExperiment = trackingRoute({
  method: 'GET',
  path: '/mlflow/experiments/get',
  summary: 'Get an experiment by id, deleted ones too',
  access: 'viewer',
  input: ExperimentById,
  async handle({ store }, { experiment_id }) {
    checkExperimentId(experiment_id);
    return { experiment: experimentToWire(await store.getExperiment(experiment_id)) };
  },
});
