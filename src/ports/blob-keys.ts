import { fail } from './blob-errors.ts';

/** Keys come checked; this is the second lock on the door, the same for every adapter. @throws BLOB_KEY_INVALID */
export function checkKey(key: string): void {
  if (key === '') throw fail.keyInvalid({ key, reason: 'it is empty' });
  checkPrefix(key);
  if (key.endsWith('/') || key.includes('//')) throw fail.keyInvalid({ key, reason: 'a part of it is empty' });
}

/** Like a key, but it may be empty and end anywhere. @throws BLOB_KEY_INVALID */
export function checkPrefix(prefix: string): void {
  const refuse = (reason: string): never => {
    throw fail.keyInvalid({ key: prefix, reason });
  };
  if (prefix.startsWith('/')) refuse('it begins with a slash');
  if (prefix.includes('\0')) refuse('it holds a NUL character');
  if (prefix.includes('\\')) refuse('it holds a backslash');
  if (prefix.split('/').some((part) => part === '..' || part === '.')) refuse("it has '.' or '..' as a part");
}
