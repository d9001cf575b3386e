import { CreateRegisteredModel } from '#contract/http/mlflow/registry/models.ts';
import { checkModelName, checkTag } from '../../names.ts';
import { registryRoute } from '../../route.ts';
import { modelToWire } from '../../wire.ts';

/** POST /api/2.0/mlflow/registered-models/create */
export const createModel = registryRoute({
  method: 'POST',
  path: '/mlflow/registered-models/create',
  summary: 'Register a model name',
  access: 'editor',
  input: CreateRegisteredModel,
  async handle({ store, clock }, { name, tags, description }) {
    checkModelName(name);
    tags?.forEach(checkTag);
    const model = await store.createModel({ name, tags: tags ?? [], description: description ?? '', now: clock.now() });
    return { registered_model: modelToWire(model) };
  },
});
