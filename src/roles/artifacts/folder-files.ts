import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { putFailure } from '#ports/blob-errors.ts';
import { fail } from './errors.ts';
import { byPath, type Files, type Listed } from './files.ts';
import { joined } from './paths.ts';

/** How a file is called until it is whole; such files are not shown. */
const UNFINISHED = /\.[0-9a-f]{8}-[0-9a-f-]{27}\.part$/u;

/**
 * Files of a folder that users named as artifact location. Only what lies below one of `roots` is touched, links resolved.
 *
 * @throws ARTIFACT_LOCATION_UNREACHABLE from every method when it does not
 */
export function folderFiles(folder: string, roots: readonly string[]): Files {
  const target = async (path: string): Promise<string> => {
    const wanted = join(folder, path);
    if (!(await isBelow(wanted, roots))) throw fail.locationUnreachable({ uri: folder });
    return wanted;
  };
  return {
    put: async (path, body) => {
      const file = await target(path);
      const part = join(dirname(file), `.${randomUUID()}.part`);
      try {
        await mkdir(dirname(file), { recursive: true });
        const size = await writeNew(part, body);
        await rename(part, file);
        await syncFolder(dirname(file));
        return size;
      } catch (error) {
        await rm(part, { force: true }).catch(() => undefined);
        throw putFailure(error, { key: path, root: folder });
      }
    },
    open: async (path) => {
      const file = await target(path);
      const info = UNFINISHED.test(file) ? undefined : await stat(file).catch(() => undefined);
      return info?.isFile() ? { size: info.size, body: createReadStream(file) } : undefined;
    },
    size: async (path) => {
      const info = await stat(await target(path)).catch(() => undefined);
      return info?.isFile() ? info.size : undefined;
    },
    list: async (path) => {
      const entries = await readdir(await target(path), { withFileTypes: true }).catch(() => []);
      const listed = entries.map(async (entry): Promise<Listed[]> => {
        const at = joined(path, entry.name);
        if (entry.isDirectory()) return [{ path: at, is_dir: true, file_size: null }];
        if (!entry.isFile() || UNFINISHED.test(at)) return [];
        const info = await stat(join(folder, at)).catch(() => undefined);
        return info ? [{ path: at, is_dir: false, file_size: info.size }] : [];
      });
      return (await Promise.all(listed)).flat().sort(byPath);
    },
    delete: async (path) => {
      await rm(await target(path), { recursive: true, force: true }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOTDIR' && error.code !== 'ENAMETOOLONG') throw error;
      });
    },
    direct: async () => undefined,
  };
}

/** Waits until the bytes are on the disk. */
async function writeNew(path: string, body: AsyncIterable<Uint8Array>): Promise<number> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(body);
    await file.sync();
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

/** Waits until the names of a folder are on the disk. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  await folder?.sync().finally(() => folder.close());
}

/** Follows links as far as the path exists, so that a link below a root cannot lead out of it. */
async function isBelow(path: string, roots: readonly string[]): Promise<boolean> {
  const real = await realPart(resolve(path));
  for (const root of roots) {
    const realRoot = await realPart(resolve(root));
    if (real === realRoot || real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)) return true;
  }
  return false;
}

async function realPart(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realPart(parent), path.slice(parent.length));
  }
}
