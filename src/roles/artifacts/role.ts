import { z } from 'zod';
import { defineRole } from '../define-role.ts';

/** The longest life of a signed URL, seconds (AWS Signature Version 4). */
const WEEK = 604_800;
const MOUNTS = ['/api/2.0', '/ajax-api/2.0', '/api/3.0', '/ajax-api/3.0'];

export default defineRole({
  name: 'artifacts',
  summary: "Files of runs and models: MLflow's artifact proxy",
  config: z.object({
    local_roots: z
      .array(z.string())
      .default([])
      .describe(
        'Folders of this machine, and `s3://BUCKET/PREFIX` places, below which artifacts may be read and written through the server, for experiments with an artifact location of their own.',
      ),
    default_root: z
      .string()
      .default('')
      .describe('One more of these; set together with tracking.default_artifact_root (--default-artifact-root).'),
    signed_upload_seconds: z
      .int()
      .min(1)
      .max(WEEK)
      .default(3600)
      .describe('How long the signed URLs of uploads in parts are valid, seconds.'),
    signed_download_seconds: z
      .int()
      .min(1)
      .max(WEEK)
      .default(300)
      .describe('How long signed URLs of downloads are valid, seconds (MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS).'),
  }),
  needs: ['blobs', 'blobPlaces'],
  peers: ['tracking', 'registry'],
  prefixes: [
    '/api/v1/artifacts',
    '/api/v1/registry/export',
    '/get-artifact',
    '/model-versions/get-artifact',
    ...MOUNTS.flatMap((mount) => [
      `${mount}/mlflow-artifacts`,
      `${mount}/mlflow/artifacts`,
      `${mount}/mlflow/upload-artifact`,
      `${mount}/mlflow/traces/get`,
      `${mount}/mlflow/traces/batchGet`,
      `${mount}/mlflow/get-trace-artifact`,
    ]),
  ],
  load: () => import('./start.ts'),
});
