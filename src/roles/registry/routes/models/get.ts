import { RegisteredModelByName } from '#contract/http/mlflow/registry/models.ts';
import { registryRoute } from '../../route.ts';
import { modelToWire } from '../../wire.ts';

/** GET /api/2.0/mlflow/registered-models/get */
export const getModel = registryRoute({
  method: 'GET',
  path: '/mlflow/registered-models/get',
  summary: 'Get a registered model',
  access: 'viewer',
  input: RegisteredModelByName,
  async handle({ store }, { name }) {
    return { registered_model: modelToWire(await store.getModel(name)) };
  },
});
