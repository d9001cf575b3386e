import { randomUUID } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { mkdir, open, opendir, readdir, realpath, rename, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fail } from '#ports/blob-errors.ts';
import type { BlobFolder, BlobInfo, Blobs } from '#ports/blobs.ts';
import { putFailure } from './errors.ts';
import { checkInside, checkKey, checkPrefix, UPLOADS } from './keys.ts';

const DAY_MS = 86_400_000;
/** Read at once: each read is a trip to another thread, which costs as much as a hundred kilobytes of it. */
const READ_BYTES = 1024 * 1024;
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

  async put(key: string, body: AsyncIterable<Uint8Array>): Promise<number> {
    checkKey(key);
    await checkInside(this.#dir, key);
    const temporary = join(this.#dir, UPLOADS, `${HOST}.${process.pid}.${randomUUID()}.part`);
    try {
      const size = await write(temporary, body, (error) => putFailure(error, { key, root: this.#dir }));
      await this.#show(temporary, key);
      return size;
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** Moves a finished upload to its place; a delete may just have removed the folder that was made for it. */
  async #show(temporary: string, key: string): Promise<void> {
    const path = join(this.#dir, key);
    for (let attempt = 1; ; attempt++) {
      try {
        await mkdir(dirname(path), { recursive: true });
        await rename(temporary, path);
        break;
      } catch (error) {
        if ((error as Code).code !== 'ENOENT' || attempt === 5) throw putFailure(error, { key, root: this.#dir });
      }
    }
    const folder = await open(dirname(path), constants.O_RDONLY).catch(() => undefined);
    await folder?.sync().finally(() => folder.close());
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
    for await (const entry of entries(join(this.#dir, folder))) {
      const key = folder + entry.name;
      if (key === UPLOADS) continue;
      if (entry.isDirectory()) yield { folder: `${key}/` };
      const info = entry.isFile() ? await stat(join(this.#dir, key)).catch(() => undefined) : undefined;
      if (info !== undefined) yield { key, size: info.size, modifiedMs: info.mtimeMs };
    }
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

/** Parts of a body are gathered to pieces of this size: a write costs as much as copying some 100 KB. */
const PIECE_BYTES = 512 * 1024;
/** A body that comes in parts like this will be long. */
const LARGE_PART_BYTES = 16 * 1024;

async function write(path: string, body: AsyncIterable<Uint8Array>, translate: (error: unknown) => unknown): Promise<number> {
  const file = await open(path, 'wx');
  let size = 0;
  const disk = async (work: Promise<unknown>): Promise<void> => {
    await work.catch((error: unknown) => {
      throw translate(error);
    });
  };
  const pieces = new Pieces();
  try {
    for await (const bytes of body) {
      size += bytes.length;
      for (const piece of pieces.add(bytes)) await disk(file.writeFile(piece));
    }
    await disk(file.writeFile(pieces.rest()));
    await disk(file.sync());
  } finally {
    await file.close();
    pieces.free();
  }
  return size;
}

/** Copies what it is given: a part is not touched after the next one was asked for. */
class Pieces {
  /** Small files are many: memory for a whole piece is taken when there is more than a part. */
  #memory: Buffer = Buffer.allocUnsafe(0);
  #used = 0;

  /** @returns full pieces, each to be used before the next is asked for */
  *add(bytes: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length; ) {
      if (this.#memory.length < PIECE_BYTES && this.#used + bytes.length - at > this.#memory.length) this.#grow(bytes.length - at);
      const part = bytes.subarray(at, at + this.#memory.length - this.#used);
      this.#memory.set(part, this.#used);
      this.#used += part.length;
      at += part.length;
      if (this.#used === PIECE_BYTES) yield this.rest();
    }
  }

  rest(): Uint8Array {
    const full = this.#memory.subarray(0, this.#used);
    this.#used = 0;
    return full;
  }

  /** Memory outside V8's heap that waits to be collected makes V8 collect the whole heap more often. */
  free(): void {
    const { buffer } = this.#memory;
    if (buffer instanceof ArrayBuffer && buffer.byteLength === this.#memory.length) buffer.transfer(0);
  }

  #grow(by: number): void {
    const larger = Buffer.allocUnsafeSlow(by >= LARGE_PART_BYTES ? PIECE_BYTES : Math.min(PIECE_BYTES, 2 * (this.#used + by)));
    this.#memory.copy(larger, 0, 0, this.#used);
    this.free();
    this.#memory = larger;
  }
}

async function* entries(dir: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(dir);
  } catch (error) {
    if (!isAbsent(error as Code)) throw error;
  }
}

function isAbsent({ code }: Code): boolean {
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG';
}
