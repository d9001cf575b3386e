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
/** POST mlflow-artifacts/mpu/… and GET mlflow-artifacts/presigned/… */
export const MultipartUpload = z.object({ '*': text, path: optional, num_parts: int64.nullish() });
