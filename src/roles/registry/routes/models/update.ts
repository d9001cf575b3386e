import { UpdateRegisteredModel } from '#contract/http/mlflow/registry/models.ts';
import { registryRoute } from '../../route.ts';
import { modelToWire } from '../../wire.ts';

/** PATCH /api/2.0/mlflow/registered-models/update */
export const updateModel = registryRoute({
  method: 'PATCH',
  path: '/mlflow/registered-models/update',
  summary: 'Describe a registered model',
  access: 'editor',
  input: UpdateRegisteredModel,
  async handle({ store, clock }, { name, description }) {
    return { registered_model: modelToWire(await store.describeModel(name, { description: description ?? '', now: clock.now() })) };
  },
});
