import { ModelVersionByNumber } from '#contract/http/mlflow/registry/models.ts';
import { versionNumber } from '../../names.ts';
import { registryRoute } from '../../route.ts';

/** GET /api/2.0/mlflow/model-versions/get-download-uri: where the files are, never a `models:/` reference. */
export const getDownloadUri = registryRoute({
  method: 'GET',
  path: '/mlflow/model-versions/get-download-uri',
  summary: "Where a version's files are",
  access: 'viewer',
  input: ModelVersionByNumber,
  async handle({ store }, { name, version }) {
    const { storage_location, source } = await store.getVersion(name, versionNumber(version));
    return { artifact_uri: storage_location || source };
  },
});
