import { UpdateModelVersion } from '#contract/http/mlflow/registry/models.ts';
import { versionNumber } from '../../names.ts';
import { registryRoute } from '../../route.ts';
import { versionToWire } from '../../wire.ts';

/** PATCH /api/2.0/mlflow/model-versions/update */
export const updateVersion = registryRoute({
  method: 'PATCH',
  path: '/mlflow/model-versions/update',
  summary: 'Describe a model version',
  access: 'editor',
  input: UpdateModelVersion,
  async handle({ store, clock }, { name, version, description }) {
    const at = { name, version: versionNumber(version) };
    return { model_version: versionToWire(await store.describeVersion(at, { description: description ?? '', now: clock.now() })) };
  },
});
