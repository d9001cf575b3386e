import { z } from 'zod';
import { int64, optional, required, text } from './fields.ts';

/** GET artifacts/list */
export const ListRunArtifacts = z.object({ run_id: optional, run_uuid: optional, path: optional, page_token: optional });
/** GET get-artifact */
export const GetRunArtifact = z.object({ run_id: optional, run_uuid: optional, path: required });
/** GET model-versions/get-artifact */
export const GetVersionArtifact = z.object({ name: required, version: required, path: required });
/** GET logged-models/{model_id}/artifacts/directories */
export const ListModelArtifacts = z.object({ model_id: required, artifact_directory_path: optional });
/** GET logged-models/{model_id}/artifacts/files */
export const GetModelArtifact = z.object({ model_id: required, artifact_file_path: required });
/** GET, PUT and DELETE mlflow-artifacts/artifacts/{path}; the path is the route's wildcard. */
export const ProxiedFile = z.object({ '*': text });
/** GET mlflow-artifacts/artifacts?path= */
export const ProxiedFolder = z.object({ path: optional });
/** POST mlflow-artifacts/mpu/create/{folder}; `path` is the client's own file, of which only the name counts. */
export const CreateUpload = z.object({ path: required, num_parts: int64.nullish() });
/** POST mlflow-artifacts/mpu/complete/{folder} */
export const CompleteUpload = z.object({
  path: required,
  upload_id: required,
  parts: z.array(z.object({ part_number: int64, etag: required })).min(1, 'missing'),
});
/** POST mlflow-artifacts/mpu/abort/{folder} */
export const AbortUpload = z.object({ path: required, upload_id: required });
/** POST mlflow/artifacts/presigned-upload-url */
export const PresignedUpload = z.object({ run_id: optional, model_id: optional, path: required, expiration: int64.nullish() });
/** POST mlflow/artifacts/presigned-download-url */
export const PresignedDownload = z.object({ run_id: required, path: required, expiration: int64.nullish() });
