import { ModelVersionByNumber } from '#contract/http/mlflow/registry/models.ts';
import { versionNumber } from '../../names.ts';
import { registryRoute } from '../../route.ts';
import { versionToWire } from '../../wire.ts';

/** GET /api/2.0/mlflow/model-versions/get */
export const getVersion = registryRoute({
  method: 'GET',
  path: '/mlflow/model-versions/get',
  summary: 'Get a model version',
  access: 'viewer',
  input: ModelVersionByNumber,
  async handle({ store }, { name, version }) {
    return { model_version: versionToWire(await store.getVersion(name, versionNumber(version))) };
  },
});
