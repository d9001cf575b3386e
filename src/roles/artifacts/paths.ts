import { fail } from './errors.ts';

const MOST_DECODINGS = 10;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0001-\u001f\u007f]/u;

/**
 * Checks a path that a caller gave. It must stay below its root whatever decodes it later: so it is checked again after each
 * round of percent-decoding; for control characters only as given, because names of MLflow's logged images hold such as `%10`.
 * Gives the path as given, without slashes at its end.
 *
 * @throws ARTIFACT_PATH_INVALID
 */
export function safePath(path: string): string {
  let decoded = path;
  for (let round = 0; ; round++) {
    if (round === MOST_DECODINGS || !isPlain(decoded) || (round === 0 && CONTROL.test(decoded))) throw fail.pathInvalid({ path });
    const next = decodedOnce(decoded);
    if (next === decoded) return path.replace(/\/+$/u, '');
    decoded = next;
  }
}

function isPlain(path: string): boolean {
  if (/[\\#]/u.test(path) || path.includes('\0') || path.startsWith('/') || /^[a-z]:/iu.test(path)) return false;
  const parts = path.replace(/\/+$/u, '').split('/');
  return path === '' || parts.every((part) => part !== '' && part !== '.' && part !== '..');
}

/** Percent-escapes decoded where they are well formed; what is not stays. */
function decodedOnce(path: string): string {
  return path.replace(/(?:%[0-9a-f]{2})+/giu, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('latin1');
    }
  });
}

/** A path that must name something. @throws ARTIFACT_PATH_INVALID */
export function safeFilePath(path: string): string {
  const safe = safePath(path);
  if (safe === '') throw fail.pathInvalid({ path });
  return safe;
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** `a/b` and `c` make `a/b/c`; an empty one adds nothing. */
export function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('/');
}
