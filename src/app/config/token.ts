import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { CoreConfig } from './core.ts';

/** The access token: as configured, or from the token file, which is made (mode 0600) where it is missing. */
export function accessToken({ token, token_file }: CoreConfig['http']): string | undefined {
  if (token !== undefined || token_file === undefined) return token;
  try {
    return readFileSync(token_file, 'utf8').trim();
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error;
    const made = randomBytes(32).toString('base64url');
    mkdirSync(dirname(token_file), { recursive: true });
    writeFileSync(token_file, `${made}\n`, { mode: 0o600, flag: 'wx' });
    return made;
  }
}
