import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const Kept = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/u), size: z.int().min(0) });
const KeptVersion = z.object({
  name: z.string(),
  version: z.string(),
  uri: z.string(),
  savedMs: z.number(),
  /** By path; null where the version has no such file. */
  files: z.record(z.string(), Kept.nullable()),
  folders: z.record(z.string(), z.array(z.object({ path: z.string(), is_dir: z.boolean(), file_size: z.number().nullable() }))),
});

/** What one model version consists of, as far as loading it asked. */
export type KeptVersion = z.infer<typeof KeptVersion>;
export type KeptFile = z.infer<typeof Kept>;

/** A content on its way to the disk: `end` or `abort` must follow. */
export interface ContentWriter {
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<KeptFile>;
  abort(): Promise<void>;
}

/**
 * Model files on disk: contents by hash, what a version consists of in a file of its own, and which version a reference last named. Everything is written
 * beside its place and renamed, so that a crash leaves the old or the new and never a part.
 */
export class CacheFolder {
  readonly #root: string;
  readonly #versions = new Map<string, KeptVersion>();
  readonly #contents = new Map<string, number>();
  readonly #held = new Map<string, number>();
  /** Whether it belongs to another process, which alone writes and removes. */
  readonly #isBorrowed: boolean;

  private constructor(root: string, isBorrowed = false) {
    this.#root = root;
    this.#isBorrowed = isBorrowed;
  }

  /** What another process keeps there at this moment, to read. */
  static async borrow(root: string): Promise<CacheFolder> {
    const made = new CacheFolder(root, true);
    for (const name of await readdir(join(root, 'versions')).catch(() => [])) {
      const found = name.endsWith('.json') ? KeptVersion.safeParse(await made.#json(join('versions', name))).data : undefined;
      if (found) made.#versions.set(keyOf(found), found);
    }
    return made;
  }

  /** Reads what is there. What is damaged or half written is as good as missing. */
  static async open(root: string): Promise<CacheFolder> {
    const made = new CacheFolder(root);
    for (const part of ['versions', 'files']) await mkdir(join(root, part), { recursive: true });
    for (const name of await readdir(join(root, 'files'))) {
      const { size } = await stat(join(root, 'files', name));
      if (/^[0-9a-f]{64}$/u.test(name)) made.#contents.set(name, size);
      else await rm(join(root, 'files', name), { force: true });
    }
    for (const name of await readdir(join(root, 'versions'))) {
      const found = name.endsWith('.json') ? KeptVersion.safeParse(await made.#json(join('versions', name))).data : undefined;
      if (found && `${fileOf(found)}.json` === name) made.#versions.set(keyOf(found), found);
      else await rm(join(root, 'versions', name), { force: true });
    }
    await made.#dropContents();
    return made;
  }

  /** Bytes of all contents. */
  get bytes(): number {
    let sum = 0;
    for (const size of this.#contents.values()) sum += size;
    return sum;
  }

  versions(): KeptVersion[] {
    return [...this.#versions.values()];
  }

  find(key: string): KeptVersion | undefined {
    return this.#versions.get(key);
  }

  has({ sha256 }: KeptFile): boolean {
    return this.#contents.has(sha256);
  }

  /** Begins a content whose hash is known at its end. */
  async write(): Promise<ContentWriter> {
    const part = join(this.#root, 'files', `${randomUUID()}.part`);
    const file = await open(part, 'wx', 0o600);
    const hash = createHash('sha256');
    let size = 0;
    const abort = async (): Promise<void> => {
      await file.close().catch(() => undefined);
      await rm(part, { force: true });
    };
    const end = async (): Promise<KeptFile> => {
      const sha256 = hash.digest('hex');
      await file.datasync();
      await file.close();
      await rename(part, join(this.#root, 'files', sha256));
      this.#contents.set(sha256, size);
      return { sha256, size };
    };
    const write = async (bytes: Uint8Array): Promise<void> => {
      hash.update(bytes);
      size += bytes.length;
      await file.writeFile(bytes);
    };
    return { write, end, abort };
  }

  /** Contents that are about to become a part of a version are not removed meanwhile. */
  hold(sha256: string): void {
    this.#held.set(sha256, (this.#held.get(sha256) ?? 0) + 1);
  }

  release(sha256: string): void {
    const left = (this.#held.get(sha256) ?? 1) - 1;
    if (left === 0) this.#held.delete(sha256);
    else this.#held.set(sha256, left);
  }

  /** @returns undefined when the content is missing or no longer what was written */
  async read({ sha256, size }: KeptFile): Promise<Uint8Array | undefined> {
    const bytes = await readFile(join(this.#root, 'files', sha256)).catch(() => undefined);
    return bytes?.length === size && hashOf(bytes) === sha256 ? bytes : undefined;
  }

  /** The same as a stream, after the content was checked. */
  async stream(file: KeptFile): Promise<AsyncIterable<Uint8Array> | undefined> {
    const hash = createHash('sha256');
    const path = join(this.#root, 'files', file.sha256);
    try {
      for await (const bytes of createReadStream(path)) hash.update(bytes as Uint8Array);
    } catch {
      return undefined;
    }
    return hash.digest('hex') === file.sha256 ? createReadStream(path) : undefined;
  }

  async save(version: KeptVersion): Promise<void> {
    await this.#write(join('versions', `${fileOf(version)}.json`), version);
    this.#versions.set(keyOf(version), version);
  }

  /** Forgets versions, and with them the contents that no other version has. */
  async drop(keys: Iterable<string>): Promise<void> {
    for (const key of keys) {
      const version = this.#versions.get(key);
      if (!version) continue;
      this.#versions.delete(key);
      await rm(join(this.#root, 'versions', `${fileOf(version)}.json`), { force: true });
    }
    await this.#dropContents();
  }

  /** A content that turned out to be damaged. */
  async dropContent({ sha256 }: KeptFile): Promise<void> {
    if (this.#isBorrowed) return;
    this.#contents.delete(sha256);
    await rm(join(this.#root, 'files', sha256), { force: true });
  }

  async references(): Promise<unknown> {
    return this.#json('references.json');
  }

  async saveReferences(references: unknown): Promise<void> {
    await this.#write('references.json', references);
  }

  async #dropContents(): Promise<void> {
    const used = new Set(this.versions().flatMap(({ files }) => Object.values(files).map((file) => file?.sha256)));
    for (const sha256 of this.#contents.keys())
      if (!used.has(sha256) && !this.#held.has(sha256)) await this.dropContent({ sha256, size: 0 });
  }

  async #json(path: string): Promise<unknown> {
    try {
      return JSON.parse(await readFile(join(this.#root, path), 'utf8'));
    } catch {
      return undefined;
    }
  }

  async #write(path: string, content: unknown): Promise<void> {
    const target = join(this.#root, path);
    const part = `${target}.${randomUUID()}.part`;
    try {
      const file = await open(part, 'wx', 0o600);
      try {
        await file.writeFile(JSON.stringify(content));
        await file.datasync();
      } finally {
        await file.close();
      }
      await rename(part, target);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  }
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function keyOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}/${version}`;
}

/** Names of models may hold anything; those of files may not. */
function fileOf(version: { readonly name: string; readonly version: string }): string {
  return createHash('sha256').update(keyOf(version)).digest('hex').slice(0, 40);
}
