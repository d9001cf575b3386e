import { DeleteRegisteredModelTag } from '#contract/http/mlflow/registry/models.ts';
import { registryRoute } from '../../route.ts';

/** DELETE /api/2.0/mlflow/registered-models/delete-tag */
export const deleteModelTag = registryRoute({
  method: 'DELETE',
  path: '/mlflow/registered-models/delete-tag',
  summary: 'Delete a tag of a registered model',
  access: 'editor',
  input: DeleteRegisteredModelTag,
  async handle({ store, clock }, { name, key }) {
    await store.deleteModelTag(name, { key, now: clock.now() });
    return {};
  },
});
