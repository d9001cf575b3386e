import { AliasByName } from '#contract/http/mlflow/registry/models.ts';
import { checkAlias } from '../../names.ts';
import { registryRoute } from '../../route.ts';

/** DELETE /api/2.0/mlflow/registered-models/alias */
export const deleteAlias = registryRoute({
  method: 'DELETE',
  path: '/mlflow/registered-models/alias',
  summary: 'Delete an alias',
  access: 'editor',
  input: AliasByName,
  async handle({ store, clock }, { name, alias }, { principal }) {
    checkAlias(alias);
    await store.deleteAlias({ name, alias }, { by: principal.id, reason: '', now: clock.now() });
    return {};
  },
});
