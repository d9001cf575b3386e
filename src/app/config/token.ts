import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fail } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';
import type { CoreConfig } from './core.ts';

const MIN_LENGTH = 16;

/** The access token: as configured, or from the token file, which is made (mode 0600) where it is missing. @throws TOKEN_FILE_UNUSABLE */
export function accessToken({ token, token_file }: CoreConfig['http']): string | undefined {
  if (token !== undefined || token_file === undefined) return token;
  const found = readOrMake(token_file);
  // An empty password would otherwise be the right one.
  if (found.length < MIN_LENGTH)
    throw fail.tokenFileUnusable({ file: token_file, reason: `it holds ${found.length} characters, at least ${MIN_LENGTH} are needed` });
  return found;
}

function readOrMake(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw fail.tokenFileUnusable({ file, reason: (error as Error).message }, error);
  }
  try {
    const made = randomBytes(32).toString('base64url');
    makeFolder(dirname(resolve(file)));
    writeFileSync(file, `${made}\n`, { mode: 0o600, flag: 'wx' });
    return made;
  } catch (error) {
    throw fail.tokenFileUnusable({ file, reason: (error as Error).message }, error);
  }
}
