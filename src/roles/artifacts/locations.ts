import { fileURLToPath } from 'node:url';
import { fail } from './errors.ts';
import { safePath } from './paths.ts';

/** Where the files of an artifact URI are: below a key of the blob store, or in a folder of this machine. */
export type Location = { readonly kind: 'blobs'; readonly prefix: string } | { readonly kind: 'folder'; readonly path: string };

/**
 * Resolves `mlflow-artifacts:/path`, `mlflow-artifacts://host:port/path`, the same behind `http(s)://…/api/2.0/mlflow-artifacts/artifacts/`,
 * `file:///path` and bare absolute paths.
 *
 * @throws ARTIFACT_LOCATION_UNREACHABLE for any other, ARTIFACT_PATH_INVALID
 */
export function locate(uri: string): Location {
  const proxied =
    /^mlflow-artifacts:(?:\/\/[^/]*)?\/*(.*)$/su.exec(uri)?.[1] ??
    /^https?:\/\/[^/]+(?:\/.*)?\/mlflow-artifacts\/artifacts\/*(.*)$/su.exec(uri)?.[1];
  if (proxied !== undefined) return { kind: 'blobs', prefix: safePath(proxied) };
  if (uri.startsWith('/')) return { kind: 'folder', path: uri };
  if (uri.startsWith('file:')) {
    try {
      return { kind: 'folder', path: fileURLToPath(uri) };
    } catch (error) {
      throw fail.locationUnreachable({ uri }, error);
    }
  }
  throw fail.locationUnreachable({ uri });
}
