import { GetModelArtifact, ListModelArtifacts } from '#contract/http/mlflow/artifacts.ts';
import { safePath } from '../../paths.ts';
import { download, listingToWire, modelUri, mountedRoute } from '../../route.ts';

/** GET /api/2.0/mlflow/logged-models/{model_id}/artifacts/directories?artifact_directory_path= */
export const listOfModel = mountedRoute({
  method: 'GET',
  path: '/mlflow/logged-models/:model_id/artifacts/directories',
  summary: 'List artifacts of a logged model',
  access: 'viewer',
  input: ListModelArtifacts,
  async handle(deps, { model_id, artifact_directory_path }) {
    const below = safePath(artifact_directory_path ?? '');
    const root_uri = await modelUri(deps, model_id);
    return { root_uri, ...listingToWire(await deps.at(root_uri).list(below)) };
  },
});

/** GET /ajax-api/2.0/mlflow/logged-models/{model_id}/artifacts/files?artifact_file_path= */
export const downloadOfModel = mountedRoute({
  method: 'GET',
  path: '/mlflow/logged-models/:model_id/artifacts/files',
  summary: 'Read an artifact of a logged model',
  access: 'viewer',
  input: GetModelArtifact,
  handle: async (deps, { model_id, artifact_file_path }) => download(deps.at(await modelUri(deps, model_id)), artifact_file_path),
});
