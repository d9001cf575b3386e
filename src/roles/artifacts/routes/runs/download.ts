import { GetRunArtifact } from '#contract/http/mlflow/artifacts.ts';
import { missingValue } from '#contract/http/mlflow/names.ts';
import { refuse } from '#http/mlflow/input.ts';
import { safeFilePath } from '../../paths.ts';
import { artifactsRoute, download, runUri } from '../../route.ts';

/** GET /get-artifact?run_id=&path= */
export const downloadOfRun = artifactsRoute({
  method: 'GET',
  path: '/get-artifact',
  mounts: ['', '/ajax-api/2.0/mlflow', '/ajax-api/3.0/mlflow'],
  summary: 'Read an artifact of a run',
  access: 'viewer',
  input: GetRunArtifact,
  async handle(deps, { run_id, run_uuid, path }) {
    const id = run_id || run_uuid;
    if (!id) throw refuse(`${missingValue('run_id')} See the API docs for more information about request parameters.`);
    safeFilePath(path);
    return download(deps.at(await runUri(deps, id)), path);
  },
});
