import { ProxiedFile } from '#contract/http/mlflow/artifacts.ts';
import { freedAfterUse } from '#http/owned-bytes.ts';
import { fail } from '../../errors.ts';
import { safeFilePath } from '../../paths.ts';
import { pathAfter } from '../../raw-path.ts';
import { mountedRoute } from '../../route.ts';

/** PUT /api/2.0/mlflow-artifacts/artifacts/{path}: streamed, stored whole or not at all. */
export const upload = mountedRoute({
  method: 'PUT',
  path: '/mlflow-artifacts/artifacts/*',
  summary: 'Store a file',
  access: 'editor',
  body: 'stream',
  input: ProxiedFile,
  async handle({ root }, _input, { url, stream, signal, headers }) {
    const path = safeFilePath(pathAfter(url, '/mlflow-artifacts/artifacts/'));
    try {
      await root.put(path, freedAfterUse(stream), Number(headers['content-length'] ?? 0));
    } catch (error) {
      if (signal.aborted || (error as { code?: string }).code === 'ECONNRESET') throw fail.uploadCut({}, error);
      throw error;
    }
    return {};
  },
});
