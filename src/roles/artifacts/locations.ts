import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail } from './errors.ts';
import { safePath } from './paths.ts';

/** Where the files of an artifact URI are: below a key of the blob store, in a folder of this machine, or in a bucket. */
export type Location =
  | { readonly kind: 'blobs'; readonly prefix: string }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'bucket'; readonly uri: string };

/**
 * Resolves `mlflow-artifacts:/path`, `mlflow-artifacts://host:port/path`, the same behind `http(s)://…/api/2.0/mlflow-artifacts/artifacts/`,
 * `file:///path`, bare absolute paths and `s3://bucket/path`.
 *
 * @throws ARTIFACT_LOCATION_UNREACHABLE for any other, ARTIFACT_PATH_INVALID
 */
export function locate(uri: string): Location {
  const proxied =
    /^mlflow-artifacts:(?:\/\/[^/]*)?\/*(.*)$/su.exec(uri)?.[1] ??
    /^https?:\/\/[^/]+(?:\/.*)?\/mlflow-artifacts\/artifacts\/*(.*)$/su.exec(uri)?.[1];
  if (proxied !== undefined) return { kind: 'blobs', prefix: safePath(proxied) };
  if (/^s3a?:\/\//u.test(uri)) return { kind: 'bucket', uri: bucketUri(uri) };
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

/** The folder that a configured root means: a path, relative ones from the working directory, or a `file:` URL; undefined for all else. */
export function localFolder(root: string): string | undefined {
  if (root.startsWith('file:///')) return fileURLToPath(root);
  if (root.startsWith('file:')) return resolve(root.slice('file:'.length));
  return /^[a-z][a-z0-9+.-]+:/iu.test(root) ? undefined : resolve(root);
}

/** `s3a:` is Hadoop's name for the same; slashes at the end mean nothing. */
function bucketUri(uri: string): string {
  return uri.replace(/^s3a:/u, 's3:').replace(/\/+$/u, '');
}

/**
 * The longest of `roots` that holds `uri`, and the rest of the path.
 *
 * @throws ARTIFACT_LOCATION_UNREACHABLE when none does, ARTIFACT_PATH_INVALID
 */
export function placeOf(uri: string, roots: readonly string[]): { readonly root: string; readonly prefix: string } {
  const known = roots.filter((root) => /^s3a?:\/\//u.test(root)).map(bucketUri);
  const [root] = known.filter((each) => uri === each || uri.startsWith(`${each}/`)).sort((a, b) => b.length - a.length);
  if (root === undefined) throw fail.locationUnreachable({ uri });
  return { root, prefix: safePath(uri.slice(root.length + 1)) };
}
