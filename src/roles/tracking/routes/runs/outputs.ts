import { LogOutputs } from '#contract/http/mlflow/runs.ts';
import { trackingRoute } from '../../route.ts';

/** POST /api/2.0/mlflow/runs/outputs */
export const logOutputs = trackingRoute({
  method: 'POST',
  path: '/mlflow/runs/outputs',
  summary: 'Log models that a run made',
  access: 'editor',
  input: LogOutputs,
  async handle({ store }, { run_id, models }) {
    await store.logOutputs(
      run_id,
      models.map(({ model_id, step }) => ({ model_id, step: step ?? 0 })),
    );
    return {};
  },
});
