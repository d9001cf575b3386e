import { AliasByName } from '#contract/http/mlflow/registry/models.ts';
import { aliasedVersion } from '../../api-in-process.ts';
import { checkAlias } from '../../names.ts';
import { registryRoute } from '../../route.ts';
import { versionToWire } from '../../wire.ts';

/** GET /api/2.0/mlflow/registered-models/alias */
export const getAlias = registryRoute({
  method: 'GET',
  path: '/mlflow/registered-models/alias',
  summary: 'The version that an alias names',
  access: 'viewer',
  input: AliasByName,
  async handle({ store }, { name, alias }) {
    checkAlias(alias);
    return { model_version: versionToWire(await aliasedVersion(store, name, alias)) };
  },
});
