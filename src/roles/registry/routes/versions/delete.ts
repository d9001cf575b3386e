import { ModelVersionByNumber } from '#contract/http/mlflow/registry/models.ts';
import { versionNumber } from '../../names.ts';
import { registryRoute } from '../../route.ts';

/** DELETE /api/2.0/mlflow/model-versions/delete */
export const deleteVersion = registryRoute({
  method: 'DELETE',
  path: '/mlflow/model-versions/delete',
  summary: 'Delete a model version with its aliases',
  access: 'editor',
  input: ModelVersionByNumber,
  async handle({ store, clock }, { name, version }, { principal }) {
    const act = { by: principal.id, reason: 'the version was deleted', now: clock.now() };
    await store.deleteVersion({ name, version: versionNumber(version) }, act);
    return {};
  },
});
