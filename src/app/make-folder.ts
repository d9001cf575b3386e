import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder with those above it. Node's own `recursive` never comes back where a file system says ENOENT to every new folder, as /proc does.
 *
 * @throws Error with a reason that names the place
 */
export function makeFolder(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  if (found) throw new Error(`${folder} is a file`);
  const above = dirname(folder);
  makeFolder(above);
  try {
    mkdirSync(folder);
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    // Another process may have made it in between.
    if (code === 'EEXIST' && statSync(folder).isDirectory()) return;
    throw new Error(code === 'ENOENT' ? `no folder can be made in ${above}` : message, { cause: error });
  }
}
