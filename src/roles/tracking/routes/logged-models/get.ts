import { LoggedModelById } from '#contract/http/mlflow/logged-models.ts';
import { trackingRoute } from '../../route.ts';
import { loggedModelToWire } from '../../wire.ts';

/** GET /api/2.0/mlflow/logged-models/{model_id} */
export const getLoggedModel = trackingRoute({
  method: 'GET',
  path: '/mlflow/logged-models/:model_id',
  summary: 'Get a logged model',
  access: 'viewer',
  input: LoggedModelById,
  async handle({ store }, { model_id, allow_deleted }) {
    return { model: loggedModelToWire(await store.getLoggedModel(model_id, allow_deleted ?? false)) };
  },
});
