import { realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { fail } from './errors.ts';

/** Where uploads wait until they are whole; no key may lead there. */
export const UPLOADS = '.uploads';

/** Keys come checked; this is the second lock on the door. @throws BLOB_KEY_INVALID */
export function checkKey(key: string): void {
  if (key === '') throw fail.keyInvalid({ key, reason: 'it is empty' });
  checkPrefix(key);
  if (key.endsWith('/') || key.includes('//')) throw fail.keyInvalid({ key, reason: 'a part of it is empty' });
}

/** Like a key, but it may end anywhere. */
export function checkPrefix(prefix: string): void {
  const refuse = (reason: string): never => {
    throw fail.keyInvalid({ key: prefix, reason });
  };
  if (prefix.startsWith('/')) refuse('it begins with a slash');
  if (prefix.includes('\0')) refuse('it holds a NUL character');
  if (prefix.includes('\\')) refuse('it holds a backslash');
  const parts = prefix.split('/');
  if (parts.some((part) => part === '..' || part === '.')) refuse("it has '.' or '..' as a part");
  if (parts[0] === UPLOADS) refuse(`'${UPLOADS}' is reserved`);
}

/** Refuses a path whose nearest existing part is a link that leads out of the root. */
export async function checkInside(root: string, key: string): Promise<void> {
  for (let path = join(root, key); path.length > root.length; path = dirname(path)) {
    const real = await realpath(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      if (error.code === 'ELOOP') throw fail.keyInvalid({ key, reason: 'it leads through a circle of links' });
      throw error;
    });
    if (real === undefined) continue;
    if (real !== root && !real.startsWith(root + sep))
      throw fail.keyInvalid({ key, reason: 'it leads through a link out of the file store' });
    return;
  }
}
