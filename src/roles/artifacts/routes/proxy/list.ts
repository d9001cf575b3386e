import { ProxiedFolder } from '#contract/http/mlflow/artifacts.ts';
import { baseName, safePath } from '../../paths.ts';
import { listingToWire, mountedRoute } from '../../route.ts';

/** GET /api/2.0/mlflow-artifacts/artifacts?path=: names without their folders. */
export const list = mountedRoute({
  method: 'GET',
  path: '/mlflow-artifacts/artifacts',
  summary: 'List a folder',
  access: 'viewer',
  input: ProxiedFolder,
  async handle({ root }, { path }) {
    const files = await root.list(safePath(path ?? ''));
    return listingToWire(files.map((file) => ({ ...file, path: baseName(file.path) })));
  },
});
