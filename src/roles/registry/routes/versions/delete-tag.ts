import { DeleteModelVersionTag } from '#contract/http/mlflow/registry/models.ts';
import { versionNumber } from '../../names.ts';
import { registryRoute } from '../../route.ts';

/** DELETE /api/2.0/mlflow/model-versions/delete-tag */
export const deleteVersionTag = registryRoute({
  method: 'DELETE',
  path: '/mlflow/model-versions/delete-tag',
  summary: 'Delete a tag of a model version',
  access: 'editor',
  input: DeleteModelVersionTag,
  async handle({ store, clock }, { name, version, key }) {
    await store.deleteVersionTag({ name, version: versionNumber(version) }, { key, now: clock.now() });
    return {};
  },
});
