import { z } from 'zod';
import { fail } from '../../errors.ts';
import { mountedRoute } from '../../route.ts';

function refused(method: 'GET' | 'POST', path: string) {
  return mountedRoute({
    method,
    path,
    summary: 'Presigned URLs are not offered: files go through this server',
    access: 'viewer',
    input: z.object({}),
    hidden: true,
    handle: () => {
      throw fail.presignedUnsupported({});
    },
  });
}

/** GET /api/2.0/mlflow-artifacts/presigned/{path} */
export const presigned = refused('GET', '/mlflow-artifacts/presigned/*');
/** POST /api/2.0/mlflow/artifacts/presigned-upload-url */
export const presignedUpload = refused('POST', '/mlflow/artifacts/presigned-upload-url');
/** POST /api/2.0/mlflow/artifacts/presigned-download-url */
export const presignedDownload = refused('POST', '/mlflow/artifacts/presigned-download-url');
