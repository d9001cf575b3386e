import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { mkdir, open, opendir, readdir, realpath, rename, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fail, putFailure } from '#ports/blob-errors.ts';
import type { BlobFolder, BlobInfo, Blobs } from '#ports/blobs.ts';
import { checkInside, checkKey, checkPrefix, UPLOADS } from './keys.ts';
import { readWhole, type WholeFile } from './read-whole.ts';
import { syncFolderOf, writeFile } from './write-file.ts';

const DAY_MS = 86_400_000;
/** Read at once: each read is a trip to another thread, which costs as much as a hundred kilobytes of it. */
const READ_BYTES = 1024 * 1024;
/** Names of a folder that are read, and files of it that are looked up, at the same time: one by one most of the time is spent on trips. */
const LOOKED_UP_AT_ONCE = 256;
const HOST = hostname().replace(/[^\w-]/g, '_');
type Code = NodeJS.ErrnoException;

/** Keeps blobs as plain files under `root`; what earlier processes left of unfinished uploads is removed. */
export async function openFileBlobs({ root }: { readonly root: string }): Promise<Blobs> {
  await mkdir(join(root, UPLOADS), { recursive: true });
  const real = await realpath(root);
  await sweep(join(real, UPLOADS));
  return new FileBlobs(real);
}

/** An upload belongs to the process in its name; one of another machine is left alone for a day. */
async function sweep(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    const [, host, pid] = /^([\w-]+)\.(\d+)\..*\.part$/.exec(name) ?? [];
    const info = await stat(join(dir, name)).catch(() => undefined);
    if (info === undefined) continue;
    const startedMs = Date.now() - process.uptime() * 1000;
    const orphaned = host === HOST && (Number(pid) === process.pid ? info.mtimeMs < startedMs - 1000 : !isRunning(Number(pid)));
    if (orphaned || info.mtimeMs < Date.now() - DAY_MS) await rm(join(dir, name), { force: true, recursive: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as Code).code === 'EPERM';
  }
}

class FileBlobs implements Blobs {
  readonly root: string;
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
    this.root = pathToFileURL(dir).href;
  }

  async put(key: string, body: AsyncIterable<Uint8Array>, expectedBytes = 0): Promise<number> {
    checkKey(key);
    await checkInside(this.#dir, key);
    const temporary = join(this.#dir, UPLOADS, `${HOST}.${process.pid}.${randomUUID()}.part`);
    try {
      const translate = (error: unknown) => putFailure(error, { key, root: this.#dir });
      const size = await writeFile({ path: temporary, body, expectedBytes, translate });
      await this.#show(temporary, key);
      return size;
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** Moves a finished upload to its place; most folders are there, and a delete may just have removed the one that was made for it. */
  async #show(temporary: string, key: string): Promise<void> {
    const path = join(this.#dir, key);
    for (let attempt = 1; ; attempt++) {
      try {
        await rename(temporary, path);
        break;
      } catch (error) {
        if ((error as Code).code !== 'ENOENT' || attempt === 5) throw putFailure(error, { key, root: this.#dir });
      }
      await mkdir(dirname(path), { recursive: true }).catch((error: Code) => {
        if (error.code !== 'ENOENT') throw putFailure(error, { key, root: this.#dir });
      });
    }
    await syncFolderOf(path);
  }

  async whole(key: string, most: number): Promise<WholeFile | undefined> {
    checkKey(key);
    return readWhole(this.#dir, key, most);
  }

  async *get(key: string, range?: { readonly start: number; readonly end: number }): AsyncGenerator<Uint8Array> {
    checkKey(key);
    await checkInside(this.#dir, key);
    const file = await open(join(this.#dir, key), 'r').catch((error: Code) => {
      throw isAbsent(error) ? fail.notFound({ key }, error) : error;
    });
    try {
      const info = await file.stat();
      if (!info.isFile()) throw fail.notFound({ key });
      const start = Math.max(0, range?.start ?? 0);
      const end = Math.min(info.size, range?.end ?? info.size);
      if (start >= end) return;
      yield* file.createReadStream({ start, end: end - 1, highWaterMark: READ_BYTES, autoClose: false });
    } finally {
      await file.close();
    }
  }

  async stat(key: string): Promise<BlobInfo | undefined> {
    checkKey(key);
    await checkInside(this.#dir, key);
    const info = await stat(join(this.#dir, key)).catch((error: Code) => {
      if (isAbsent(error)) return undefined;
      throw error;
    });
    return info?.isFile() ? { key, size: info.size, modifiedMs: info.mtimeMs } : undefined;
  }

  async *list(prefix: string): AsyncGenerator<BlobInfo> {
    checkPrefix(prefix);
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    await checkInside(this.#dir, folder);
    for await (const info of this.#walk(folder)) if (info.key.startsWith(prefix)) yield info;
  }

  /** Links are not followed: they could lead in circles. */
  async *#walk(folder: string): AsyncGenerator<BlobInfo> {
    for await (const entry of entries(join(this.#dir, folder))) {
      const key = folder + entry.name;
      if (key === UPLOADS) continue;
      if (entry.isDirectory()) yield* this.#walk(`${key}/`);
      if (!entry.isFile()) continue;
      const info = await stat(join(this.#dir, key)).catch(() => undefined);
      if (info !== undefined) yield { key, size: info.size, modifiedMs: info.mtimeMs };
    }
  }

  async *entries(folder: string): AsyncGenerator<BlobInfo | BlobFolder> {
    checkPrefix(folder);
    await checkInside(this.#dir, folder);
    let waiting: Promise<BlobInfo | BlobFolder | undefined>[] = [];
    for await (const entry of entries(join(this.#dir, folder))) {
      const key = folder + entry.name;
      if (key === UPLOADS) continue;
      if (waiting.push(this.#entry(key, entry)) < LOOKED_UP_AT_ONCE) continue;
      yield* (await Promise.all(waiting)).filter((found) => found !== undefined);
      waiting = [];
    }
    yield* (await Promise.all(waiting)).filter((found) => found !== undefined);
  }

  async #entry(key: string, entry: Dirent): Promise<BlobInfo | BlobFolder | undefined> {
    if (entry.isDirectory()) return { folder: `${key}/` };
    const info = entry.isFile() ? await stat(join(this.#dir, key)).catch(() => undefined) : undefined;
    return info && { key, size: info.size, modifiedMs: info.mtimeMs };
  }

  async delete(key: string): Promise<void> {
    checkKey(key);
    await checkInside(this.#dir, dirname(key));
    const path = join(this.#dir, key);
    try {
      await unlink(path);
    } catch (error) {
      const { code } = error as Code;
      if (isAbsent(error as Code) || code === 'EISDIR' || code === 'EPERM') return;
      throw error;
    }
    try {
      for (let parent = dirname(path); parent !== this.#dir; parent = dirname(parent)) await rmdir(parent);
    } catch {
      // A folder that is not empty, or that somebody else removed: either way nothing is left to do.
    }
  }

  async close(): Promise<void> {}
}

async function* entries(dir: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(dir, { bufferSize: LOOKED_UP_AT_ONCE });
  } catch (error) {
    if (!isAbsent(error as Code)) throw error;
  }
}

function isAbsent({ code }: Code): boolean {
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG';
}
