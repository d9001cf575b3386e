import { realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { fail } from '#ports/blob-errors.ts';
import { checkKey as checkAnyKey, checkPrefix as checkAnyPrefix } from '#ports/blob-keys.ts';

/** Where uploads wait until they are whole; no key may lead there. */
export const UPLOADS = '.uploads';

/** What every store refuses, and the folder that is this one's own. @throws BLOB_KEY_INVALID */
export function checkKey(key: string): void {
  checkAnyKey(key);
  checkReserved(key);
}

/** Like a key, but it may end anywhere. */
export function checkPrefix(prefix: string): void {
  checkAnyPrefix(prefix);
  checkReserved(prefix);
}

function checkReserved(key: string): void {
  if (key.split('/', 1)[0] === UPLOADS) throw fail.keyInvalid({ key, reason: `'${UPLOADS}' is reserved` });
}

/** Refuses a path whose nearest existing part is a link that leads out of the root. */
export async function checkInside(root: string, key: string): Promise<void> {
  for (let path = join(root, key); path.length > root.length; path = dirname(path)) {
    const real = await realpath(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'ENAMETOOLONG') return undefined;
      if (error.code === 'ELOOP') throw fail.keyInvalid({ key, reason: 'it leads through a circle of links' });
      throw error;
    });
    if (real === undefined) continue;
    if (real !== root && !real.startsWith(root + sep))
      throw fail.keyInvalid({ key, reason: 'it leads through a link out of the file store' });
    return;
  }
}
