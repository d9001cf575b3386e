import { closeSync, constants, fstatSync, open as openFile, read as readFile, readlinkSync } from 'node:fs';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';
import { fail } from '#ports/blob-errors.ts';
import { checkInside } from './keys.ts';

const [open, read] = [promisify(openFile), promisify(readFile)];
/** Without NONBLOCK a pipe under the name would hold a thread of the pool until somebody writes to it. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
type Code = NodeJS.ErrnoException;

/** Size of a file, and all its bytes where they are no more than `most`; undefined where there is no such file. */
export interface WholeFile {
  readonly size: number;
  readonly bytes?: Uint8Array;
}

/**
 * Reads a file in two trips to another thread, each of which costs as much as a hundred kilobytes of it. What an open file says of itself is asked on this
 * one: its inode is in memory.
 *
 * @throws BLOB_KEY_INVALID where a link leads out of the root
 */
export async function readWhole(root: string, key: string, most: number): Promise<WholeFile | undefined> {
  const fd = await open(join(root, key), FLAGS).catch((error: Code) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'ENAMETOOLONG' || error.code === 'ENXIO') return undefined;
    if (error.code === 'ELOOP') throw fail.keyInvalid({ key, reason: 'it leads through a circle of links' }, error);
    throw error;
  });
  if (fd === undefined) return undefined;
  try {
    await checkOpened(fd, root, key);
    const info = fstatSync(fd);
    if (!info.isFile()) return undefined;
    if (info.size > most) return { size: info.size };
    const bytes = Buffer.allocUnsafeSlow(info.size);
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await read(fd, bytes, at, bytes.length - at, at);
      // Somebody shortened it: what is told of it must be true.
      if (bytesRead === 0) return { size: at, bytes: bytes.subarray(0, at) };
      at += bytesRead;
    }
    return { size: bytes.length, bytes };
  } finally {
    closeSync(fd);
  }
}

/** The kernel says where an open file is, so nobody can change a link between the check and the reading. */
async function checkOpened(fd: number, root: string, key: string): Promise<void> {
  let real: string;
  try {
    real = readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return checkInside(root, key);
  }
  if (!real.startsWith(root + sep)) throw fail.keyInvalid({ key, reason: 'it leads through a link out of the file store' });
}
