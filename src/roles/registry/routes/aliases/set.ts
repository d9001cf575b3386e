import { SetAlias } from '#contract/http/mlflow/registry/models.ts';
import { registryRoute } from '../../route.ts';

/** POST /api/2.0/mlflow/registered-models/alias */
export const setAlias = registryRoute({
  method: 'POST',
  path: '/mlflow/registered-models/alias',
  summary: 'Point an alias at a version',
  access: 'editor',
  input: SetAlias,
  async handle({ api }, { name, alias, version }, { principal }) {
    await api.setAlias({ name, alias, version, by: principal.id, reason: '' });
    return {};
  },
});
