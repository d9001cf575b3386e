import { PresignedDownload, PresignedUpload } from '#contract/http/mlflow/artifacts.ts';
import { refuse } from '#http/mlflow/input.ts';
import { fail } from '../../errors.ts';
import { contentType } from '../../files.ts';
import { baseName, safeFilePath } from '../../paths.ts';
import { modelUri, mountedRoute, runUri } from '../../route.ts';

const UPLOAD_SECONDS = 900;
const WEEK = 604_800;

/** POST /api/2.0/mlflow/artifacts/presigned-upload-url */
export const presignedUpload = mountedRoute({
  method: 'POST',
  path: '/mlflow/artifacts/presigned-upload-url',
  summary: 'A signed URL to upload an artifact of a run or logged model straight to its bucket',
  access: 'editor',
  input: PresignedUpload,
  async handle(deps, { run_id, model_id, path, expiration }) {
    if (Boolean(run_id) === Boolean(model_id)) throw refuse('Exactly one of run_id and model_id must be provided.');
    const target = safeFilePath(path);
    const expiresSeconds = checkedLife(expiration ?? UPLOAD_SECONDS);
    const uri = run_id ? await runUri(deps, run_id) : await modelUri(deps, model_id as string);
    const scheme = proxyScheme(uri);
    if (scheme) {
      throw refuse(
        `Presigned upload is not supported for proxied artifact storage (artifact URI scheme: ${scheme}). This endpoint requires a direct cloud storage artifact URI.`,
      );
    }
    const direct = await deps.at(uri).direct();
    if (direct === undefined) throw fail.presignedUploadUnsupported({});
    const signed = await direct.signWrite(target, { expiresSeconds, contentType: contentType(baseName(target)) });
    return { presigned_url: signed.url, headers: signed.headers };
  },
});

/** POST /api/2.0/mlflow/artifacts/presigned-download-url */
export const presignedDownload = mountedRoute({
  method: 'POST',
  path: '/mlflow/artifacts/presigned-download-url',
  summary: 'A signed URL to download an artifact of a run straight from its bucket',
  access: 'viewer',
  input: PresignedDownload,
  async handle(deps, { run_id, path, expiration }) {
    const target = safeFilePath(path);
    const expiresSeconds = checkedLife(expiration ?? deps.signedSeconds.download);
    const uri = await runUri(deps, run_id);
    const scheme = proxyScheme(uri);
    if (scheme) {
      throw refuse(
        `Presigned download is not supported for runs with proxied artifact storage (artifact URI scheme: ${scheme}). This endpoint requires a run with a direct cloud storage artifact URI.`,
      );
    }
    const files = deps.at(uri);
    const direct = await files.direct();
    if (direct === undefined) throw fail.presignedDownloadUnsupported({});
    const size = await files.size(target);
    if (size === undefined) throw fail.notFound({ path: target });
    const signed = await direct.signRead(target, { expiresSeconds, fileName: baseName(target) });
    return { presigned_url: signed.url, headers: signed.headers, file_size: size };
  },
});

/** The stores refuse longer lives only when the URL is used: too late. */
function checkedLife(seconds: number): number {
  if (seconds < 1 || seconds > WEEK) throw refuse(`expiration must be between 1 and ${WEEK} seconds (got ${seconds}).`);
  return seconds;
}

function proxyScheme(uri: string): string | undefined {
  return /^(https?|mlflow-artifacts):/u.exec(uri)?.[1];
}
