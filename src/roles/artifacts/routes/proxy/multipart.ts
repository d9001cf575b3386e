import { AbortUpload, CompleteUpload, CreateUpload } from '#contract/http/mlflow/artifacts.ts';
import { refuse } from '#http/mlflow/input.ts';
import type { DirectBlobs } from '#ports/blobs.ts';
import { fail } from '../../errors.ts';
import { baseName, joined, safeFilePath, safePath } from '../../paths.ts';
import { pathAfter } from '../../raw-path.ts';
import { type ArtifactsDeps, mountedRoute } from '../../route.ts';

/** As many as S3 takes. */
const MOST_PARTS = 10_000;

/** POST /api/2.0/mlflow-artifacts/mpu/create/{folder}: signed URLs by which a client uploads the parts of a file past this server. */
export const createUpload = mountedRoute({
  method: 'POST',
  path: '/mlflow-artifacts/mpu/create/*',
  summary: 'Begin an upload in parts, where the store offers it',
  access: 'editor',
  input: CreateUpload,
  async handle(deps, { path, num_parts }, { url }) {
    const target = targetOf(url, 'create', path);
    const parts = num_parts ?? 1;
    if (parts < 1 || parts > MOST_PARTS) throw refuse(`num_parts must be between 1 and ${MOST_PARTS} (got ${parts}).`);
    const direct = await directOf(deps);
    const { uploadId, requests } = await direct.beginParts(target, { parts, expiresSeconds: deps.signedSeconds.upload });
    return { upload_id: uploadId, credentials: requests.map((request, i) => ({ ...request, part_number: i + 1 })) };
  },
});

/** POST /api/2.0/mlflow-artifacts/mpu/complete/{folder} */
export const completeUpload = mountedRoute({
  method: 'POST',
  path: '/mlflow-artifacts/mpu/complete/*',
  summary: 'Make the uploaded parts one file',
  access: 'editor',
  input: CompleteUpload,
  async handle(deps, { path, upload_id, parts }, { url }) {
    const target = targetOf(url, 'complete', path);
    const direct = await directOf(deps);
    await direct.completeParts(
      target,
      upload_id,
      parts.map(({ part_number, etag }) => ({ partNumber: part_number, etag })),
    );
    return {};
  },
});

/** POST /api/2.0/mlflow-artifacts/mpu/abort/{folder} */
export const abortUpload = mountedRoute({
  method: 'POST',
  path: '/mlflow-artifacts/mpu/abort/*',
  summary: 'Give up an upload in parts',
  access: 'editor',
  input: AbortUpload,
  async handle(deps, { path, upload_id }, { url }) {
    const target = targetOf(url, 'abort', path);
    await (await directOf(deps)).abortParts(target, upload_id);
    return {};
  },
});

/** The client names its own local file; only the last part of that path is meant, below the folder of the URL. */
function targetOf(url: string, verb: string, path: string): string {
  const folder = safePath(pathAfter(url, `/mlflow-artifacts/mpu/${verb}/`));
  return safeFilePath(joined(folder, baseName(path.replaceAll('\\', '/'))));
}

async function directOf({ root }: ArtifactsDeps): Promise<DirectBlobs> {
  const direct = await root.direct();
  if (direct === undefined) throw fail.multipartUnsupported({});
  return direct;
}
