import { ExperimentByName } from '#contract/http/mlflow/experiments.ts';
import { trackingRoute } from '../../route.ts';
import { experimentToWire } from '../../wire.ts';

/** GET /api/2.0/mlflow/experiments/get-by-name */
export const getExperimentByName = trackingRoute({
  method: 'GET',
  path: '/mlflow/experiments/get-by-name',
  summary: 'Get an experiment by name, deleted ones too',
  access: 'viewer',
  input: ExperimentByName,
  async handle({ store }, { experiment_name }) {
    return { experiment: experimentToWire(await store.getExperimentByName(experiment_name)) };
  },
});
