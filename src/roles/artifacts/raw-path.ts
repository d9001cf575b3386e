import { fail } from './errors.ts';

/**
 * The part of a URL after `marker`, decoded once. Taken from the URL as sent, because the path that a router hands on may be decoded in its own way:
 * `+` is a plus here, and `%25` a percent sign.
 *
 * @throws ARTIFACT_PATH_INVALID when its escapes are malformed
 */
export function pathAfter(url: string, marker: string): string {
  const path = url.split('?', 1)[0] as string;
  const raw = path.slice(path.indexOf(marker) + marker.length);
  try {
    return decodeURIComponent(raw);
  } catch (error) {
    throw fail.pathInvalid({ path: raw }, error);
  }
}
