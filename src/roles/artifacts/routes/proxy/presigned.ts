import { z } from 'zod';
import { fail } from '../../errors.ts';
import { baseName, safeFilePath } from '../../paths.ts';
import { pathAfter } from '../../raw-path.ts';
import { mountedRoute } from '../../route.ts';

/** GET /api/2.0/mlflow-artifacts/presigned/{path}: a URL by which a client downloads a file past this server. */
export const presigned = mountedRoute({
  method: 'GET',
  path: '/mlflow-artifacts/presigned/*',
  summary: 'A signed URL of a file, where the store offers it',
  access: 'viewer',
  input: z.object({}),
  async handle({ root, signedSeconds }, _input, { url }) {
    const path = safeFilePath(pathAfter(url, '/mlflow-artifacts/presigned/'));
    const direct = await root.direct();
    if (direct === undefined) throw fail.presignedDownloadUnsupported({});
    const size = await root.size(path);
    if (size === undefined) throw fail.notFound({ path });
    const signed = await direct.signRead(path, { expiresSeconds: signedSeconds.download, fileName: baseName(path) });
    return { ...signed, file_size: size };
  },
});
