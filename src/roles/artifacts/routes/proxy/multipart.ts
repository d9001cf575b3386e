import { MultipartUpload } from '#contract/http/mlflow/artifacts.ts';
import { fail } from '../../errors.ts';
import { mountedRoute } from '../../route.ts';

function refused(verb: 'create' | 'complete' | 'abort') {
  return mountedRoute({
    method: 'POST',
    path: `/mlflow-artifacts/mpu/${verb}/*`,
    summary: 'Multipart uploads are not offered: a file is streamed in one PUT',
    access: 'editor',
    input: MultipartUpload,
    hidden: true,
    handle: () => {
      throw fail.multipartUnsupported({});
    },
  });
}

/** POST /api/2.0/mlflow-artifacts/mpu/create/{path} */
export const createUpload = refused('create');
/** POST /api/2.0/mlflow-artifacts/mpu/complete/{path} */
export const completeUpload = refused('complete');
/** POST /api/2.0/mlflow-artifacts/mpu/abort/{path} */
export const abortUpload = refused('abort');
