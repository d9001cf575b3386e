import { KnownError } from '#kernel/errors.ts';
import type { ArtifactsApi } from '../../artifacts/api.ts';
import type { ResolvedVersion } from '../../registry/api.ts';
import { fail } from '../errors.ts';
import { type CacheFolder, hashOf, type KeptFile, type KeptVersion } from './cache-folder.ts';

/** What loading a model asks of stored files. */
export type ModelFiles = Pick<ArtifactsApi, 'read' | 'get' | 'list'>;

/** Whether a failure says that who was asked is not there, rather than what is wrong with the question. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof KnownError)) return true;
  const { status } = error.spec;
  return status >= 500 || [401, 403, 408, 429].includes(status);
}

/** Passes questions on and remembers the answers, so that they can be given again without anybody to ask. */
export class Recording implements ModelFiles {
  /** Why the store could not be asked, if so. */
  outage: unknown;
  readonly #source: ModelFiles;
  readonly #folder: CacheFolder;
  readonly #bytes = new Map<string, Uint8Array>();
  readonly #files: Record<string, KeptFile | null> = {};
  readonly #folders: KeptVersion['folders'] = {};
  readonly #holds: string[] = [];

  constructor(source: ModelFiles, folder: CacheFolder) {
    this.#source = source;
    this.#folder = folder;
  }

  async read(uri: string, path: string, maxBytes: number): Promise<Uint8Array> {
    const bytes = await this.#ask(path, () => this.#source.read(uri, path, maxBytes));
    this.#bytes.set(path, bytes);
    return bytes;
  }

  async get(uri: string, path: string): Promise<AsyncIterable<Uint8Array>> {
    const body = await this.#ask(path, () => this.#source.get(uri, path));
    return this.#kept(path, body);
  }

  async list(uri: string, path = ''): Promise<Awaited<ReturnType<ModelFiles['list']>>> {
    const found = await this.#ask(undefined, () => this.#source.list(uri, path));
    this.#folders[path] = [...found];
    return found;
  }

  /** Bytes that keeping it would add to what is kept. */
  get newBytes(): number {
    let sum = 0;
    for (const bytes of this.#bytes.values()) if (!this.#folder.has(keptOf(bytes))) sum += bytes.length;
    return sum;
  }

  async save({ name, version, download_uri: uri }: ResolvedVersion, nowMs: number): Promise<void> {
    for (const [path, bytes] of this.#bytes) this.#files[path] = await this.#write(bytes);
    await this.#folder.save({ name, version, uri, savedMs: nowMs, files: this.#files, folders: this.#folders });
  }

  /** Must be called at the end, saved or not. */
  release(): void {
    for (const sha256 of this.#holds.splice(0)) this.#folder.release(sha256);
  }

  async #write(bytes: Uint8Array): Promise<KeptFile> {
    const file = keptOf(bytes);
    this.#hold(file);
    if (this.#folder.has(file)) return file;
    const writer = await this.#folder.write();
    try {
      await writer.write(bytes);
      return await writer.end();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  }

  /** Written while it is read: such files may be larger than memory. */
  async *#kept(path: string, body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    const writer = await this.#folder.write();
    let file: KeptFile | undefined;
    try {
      for await (const part of watched(body, (error) => this.#note(error))) {
        await writer.write(part);
        yield part;
      }
      file = await writer.end();
      this.#hold(file);
      this.#files[path] = file;
    } finally {
      if (file === undefined) await writer.abort();
    }
  }

  #hold({ sha256 }: KeptFile): void {
    this.#holds.push(sha256);
    this.#folder.hold(sha256);
  }

  async #ask<R>(path: string | undefined, ask: () => Promise<R>): Promise<R> {
    try {
      return await ask();
    } catch (error) {
      this.#note(error);
      if (path !== undefined && error instanceof KnownError && error.spec.status === 404) this.#files[path] = null;
      throw error;
    }
  }

  #note(error: unknown): void {
    if (isOutage(error)) this.outage = error;
  }
}

async function* watched(body: AsyncIterable<Uint8Array>, note: (error: unknown) => void): AsyncIterable<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    note(error);
    throw error;
  }
}

function keptOf(bytes: Uint8Array): KeptFile {
  return { sha256: hashOf(bytes), size: bytes.length };
}

/** A version's files as they were kept. @throws MODEL_CACHE_DAMAGED when a content is not what was kept, MODEL_CACHE_MISSING */
export function keptFiles(folder: CacheFolder, version: KeptVersion): ModelFiles {
  const label = `${version.name} version ${version.version}`;
  const fileAt = (path: string): KeptFile => {
    const file = version.files[path];
    if (file === undefined || file === null) throw fail.cacheMissing({ model: label, path });
    return file;
  };
  const checked = async <R>(path: string, open: (file: KeptFile) => Promise<R | undefined>): Promise<R> => {
    const file = fileAt(path);
    const found = await open(file);
    if (found !== undefined) return found;
    await folder.dropContent(file);
    throw fail.cacheDamaged({ model: label, path });
  };
  return {
    read: async (_, path) => checked(path, (file) => folder.read(file)),
    get: async (_, path) => checked(path, (file) => folder.stream(file)),
    list: async (_, path = '') => version.folders[path] ?? [],
  };
}
