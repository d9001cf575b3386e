import { GetVersionArtifact } from '#contract/http/mlflow/artifacts.ts';
import { safeFilePath } from '../../paths.ts';
import { artifactsRoute, download } from '../../route.ts';

/** GET /model-versions/get-artifact?name=&version=&path= */
export const downloadOfVersion = artifactsRoute({
  method: 'GET',
  path: '/model-versions/get-artifact',
  mounts: ['', '/ajax-api/2.0/mlflow', '/ajax-api/3.0/mlflow'],
  summary: 'Read a file of a model version',
  access: 'viewer',
  input: GetVersionArtifact,
  async handle({ at, registry }, { name, version, path }) {
    safeFilePath(path);
    const { download_uri } = await registry.resolve(`models:/${name}/${version}`);
    return download(at(download_uri), path);
  },
});
