import { ListRunArtifacts } from '#contract/http/mlflow/artifacts.ts';
import { missingValue } from '#contract/http/mlflow/names.ts';
import { refuse } from '#http/mlflow/input.ts';
import { safePath } from '../../paths.ts';
import { listingToWire, mountedRoute, runUri } from '../../route.ts';

/** GET /api/2.0/mlflow/artifacts/list */
export const listOfRun = mountedRoute({
  method: 'GET',
  path: '/mlflow/artifacts/list',
  summary: 'List artifacts of a run',
  access: 'viewer',
  input: ListRunArtifacts,
  async handle(deps, { run_id, run_uuid, path }) {
    const id = run_id || run_uuid;
    if (!id) throw refuse(`${missingValue('run_id')} See the API docs for more information about request parameters.`);
    const below = safePath(path ?? '');
    const root_uri = await runUri(deps, id);
    return { root_uri, ...listingToWire(await deps.at(root_uri).list(below)) };
  },
});
