import { ProxiedFile } from '#contract/http/mlflow/artifacts.ts';
import { pathAfter } from '../../raw-path.ts';
import { download as answer, mountedRoute } from '../../route.ts';

/** GET /api/2.0/mlflow-artifacts/artifacts/{path} */
export const download = mountedRoute({
  method: 'GET',
  path: '/mlflow-artifacts/artifacts/*',
  summary: 'Read a file',
  access: 'viewer',
  input: ProxiedFile,
  handle: ({ root }, _input, { url }) => answer(root, pathAfter(url, '/mlflow-artifacts/artifacts/')),
});
