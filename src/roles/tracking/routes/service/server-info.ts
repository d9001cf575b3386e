import { z } from 'zod';
import { trackingRoute } from '../../route.ts';

/** GET /api/3.0/mlflow/server-info: clients ask it when a workspace is set, and before they send or fetch large artifacts. It holds no secrets. */
export const serverInfo = trackingRoute({
  method: 'GET',
  path: '/mlflow/server-info',
  summary: 'What clients should know before they choose a way: kind of the store, uploads and downloads in parts',
  access: 'public',
  input: z.object({}),
  async handle({ artifacts }) {
    // Where the files' role does not answer, clients send whole files, which always works.
    const direct = await artifacts()
      .then((found) => found?.direct())
      .catch(() => false);
    return {
      store_type: 'SqlStore',
      workspaces_enabled: false,
      trace_archival_enabled: false,
      multipart_uploads_enabled: direct ?? false,
      multipart_downloads_enabled: direct ?? false,
      presigned_upload_run_id_supported: true,
      presigned_upload_model_id_supported: true,
      features_enabled: { gateway: false },
    };
  },
});
