import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { lockFolder } from '#adapters/sqlite/open.ts';
import { fail } from './errors.ts';
import { makeFolder } from './make-folder.ts';

/** Makes the data folder and takes it for this process. @returns the release @throws DATA_FOLDER_TAKEN, DATA_FOLDER_UNUSABLE */
export function takeFolder(data: string): () => Promise<void> {
  const folder = resolve(data);
  const ownerFile = join(folder, 'owner.pid');
  let release: (() => void) | undefined;
  try {
    makeFolder(folder);
    release = lockFolder(folder);
  } catch (error) {
    throw fail.folderUnusable({ folder, reason: (error as Error).message }, error);
  }
  if (!release) throw fail.folderTaken({ folder, owner: ownerOf(ownerFile) });
  try {
    writeFileSync(ownerFile, `${process.pid}\n`);
  } catch (error) {
    release();
    throw fail.folderUnusable({ folder, reason: (error as Error).message }, error);
  }
  return async () => release();
}

function ownerOf(file: string): string {
  try {
    return ` (process ${readFileSync(file, 'utf8').trim()})`;
  } catch {
    return '';
  }
}
