import { ProxiedFile } from '#contract/http/mlflow/artifacts.ts';
import { safeFilePath } from '../../paths.ts';
import { pathAfter } from '../../raw-path.ts';
import { mountedRoute } from '../../route.ts';

/** DELETE /api/2.0/mlflow-artifacts/artifacts/{path}: a file, or a folder with all that is in it. */
export const remove = mountedRoute({
  method: 'DELETE',
  path: '/mlflow-artifacts/artifacts/*',
  summary: 'Delete a file or a folder',
  access: 'editor',
  input: ProxiedFile,
  async handle({ root }, _input, { url }) {
    await root.delete(safeFilePath(pathAfter(url, '/mlflow-artifacts/artifacts/')));
    return {};
  },
});
