import { RegisteredModelByName } from '#contract/http/mlflow/registry/models.ts';
import { registryRoute } from '../../route.ts';

/** DELETE /api/2.0/mlflow/registered-models/delete */
export const deleteModel = registryRoute({
  method: 'DELETE',
  path: '/mlflow/registered-models/delete',
  summary: 'Delete a registered model with all of its versions',
  access: 'editor',
  input: RegisteredModelByName,
  async handle({ store, clock }, { name }, { principal }) {
    await store.deleteModel(name, { by: principal.id, reason: 'the model was deleted', now: clock.now() });
    return {};
  },
});
