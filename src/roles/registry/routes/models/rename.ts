import { RenameRegisteredModel } from '#contract/http/mlflow/registry/models.ts';
import { checkModelName } from '../../names.ts';
import { registryRoute } from '../../route.ts';
import { modelToWire } from '../../wire.ts';

/** POST /api/2.0/mlflow/registered-models/rename */
export const renameModel = registryRoute({
  method: 'POST',
  path: '/mlflow/registered-models/rename',
  summary: 'Rename a registered model',
  access: 'editor',
  input: RenameRegisteredModel,
  async handle({ store, clock }, { name, new_name }) {
    checkModelName(new_name);
    return { registered_model: modelToWire(await store.renameModel(name, { name: new_name, now: clock.now() })) };
  },
});
