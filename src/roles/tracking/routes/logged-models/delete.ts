import { LoggedModelById } from '#contract/http/mlflow/logged-models.ts';
import { trackingRoute } from '../../route.ts';

/** DELETE /api/2.0/mlflow/logged-models/{model_id} */
export const deleteLoggedModel = trackingRoute({
  method: 'DELETE',
  path: '/mlflow/logged-models/:model_id',
  summary: 'Delete a logged model',
  access: 'editor',
  input: LoggedModelById,
  async handle({ store, clock }, { model_id }) {
    await store.deleteLoggedModel(model_id, clock.now());
    return {};
  },
});
