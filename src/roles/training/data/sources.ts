import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { KnownError } from '#kernel/errors.ts';
import type { FileTable, Tables } from '#ports/tables.ts';
import { fail } from '../errors.ts';

/** A data file that the server may read, with the name that people know it by. */
export interface DataSource {
  readonly path: string;
  readonly name: string;
}

/** An upload that is there now: its reference, its place and its size. */
export interface StoredSource {
  readonly data: string;
  readonly source: DataSource;
  readonly bytes: number;
}

export interface SourcesOptions {
  /** Folder of uploads. */
  readonly uploads: string;
  /** Folder of bundled files. */
  readonly examples: string;
  readonly maxBytes: number;
  /** Uploads that are kept; older ones are deleted. */
  readonly keep: number;
}

const EXTENSIONS = /\.(?:csv|tsv|parquet)(?:\.gz)?$/iu;

/**
 * Data files by reference: `upload:ID` and `example:NAME`, never a path. Callers send files, so no request can make the server read
 * anything else.
 */
export class DataSources {
  readonly #options: SourcesOptions;
  constructor(options: SourcesOptions) {
    this.#options = options;
  }

  /** @throws TRAINING_DATA_UNKNOWN */
  async find(data: string): Promise<DataSource> {
    const upload = /^upload:([0-9a-f-]{36})$/u.exec(data)?.[1];
    const example = /^example:([\w-]+\.(?:csv|parquet))$/u.exec(data)?.[1];
    const found =
      upload !== undefined
        ? await this.#upload(upload)
        : example !== undefined
          ? { path: join(this.#options.examples, example), name: example }
          : undefined;
    if (found && (await isFile(found.path))) return found;
    throw fail.dataUnknown({ data });
  }

  /** Stores an upload whole or not at all. @throws TRAINING_UPLOAD_TOO_LARGE, TRAINING_UPLOAD_EMPTY, TRAINING_UPLOAD_NO_ROOM */
  async store(name: string, body: AsyncIterable<Uint8Array>): Promise<StoredSource> {
    const id = randomUUID();
    const folder = join(this.#options.uploads, id);
    const part = join(this.#options.uploads, `${id}.part`);
    let bytes = 0;
    try {
      await mkdir(part, { recursive: true });
      bytes = await this.#write(join(part, 'data'), body);
      if (bytes === 0) throw fail.uploadEmpty({});
      const extension = EXTENSIONS.exec(name)?.[0].toLowerCase() ?? (await sniffExtension(join(part, 'data')));
      await rename(join(part, 'data'), join(part, `data${extension}`));
      await writeFile(join(part, 'name.json'), JSON.stringify({ name: plainName(name), file: `data${extension}` }));
      await rename(part, folder);
    } catch (error) {
      await rm(part, { recursive: true, force: true });
      const { code } = error as NodeJS.ErrnoException;
      throw code === 'ENOSPC' || code === 'EDQUOT' ? fail.uploadNoRoom({}, error) : error;
    }
    await this.#trim();
    return { data: `upload:${id}`, source: await this.find(`upload:${id}`), bytes };
  }

  /** Forgets an upload that turned out not to be readable. */
  async remove(data: string): Promise<void> {
    const id = /^upload:([0-9a-f-]{36})$/u.exec(data)?.[1];
    if (id !== undefined) await rm(join(this.#options.uploads, id), { recursive: true, force: true });
  }

  async #write(path: string, body: AsyncIterable<Uint8Array>): Promise<number> {
    const limit = this.#options.maxBytes;
    let bytes = 0;
    const count = new Transform({
      transform(chunk: Uint8Array, _, done) {
        bytes += chunk.length;
        done(bytes > limit ? fail.uploadTooLarge({ limit }) : null, chunk);
      },
    });
    await pipeline(body, count, createWriteStream(path, { mode: 0o600 }));
    return bytes;
  }

  async #upload(id: string): Promise<DataSource | undefined> {
    try {
      const folder = join(this.#options.uploads, id);
      const { name, file } = JSON.parse(await readFile(join(folder, 'name.json'), 'utf8')) as { name: string; file: string };
      return { path: join(folder, file), name };
    } catch {
      return undefined;
    }
  }

  async #trim(): Promise<void> {
    const folders = (await readdir(this.#options.uploads)).filter((name) => !name.endsWith('.part'));
    if (folders.length <= this.#options.keep) return;
    const dated = await Promise.all(folders.map(async (name) => ({ name, time: (await stat(join(this.#options.uploads, name))).mtimeMs })));
    const old = dated.sort((a, b) => b.time - a.time).slice(this.#options.keep);
    await Promise.all(old.map(({ name }) => rm(join(this.#options.uploads, name), { recursive: true, force: true })));
  }
}

/** Reads a source. What is wrong with it is told under the name that people know it by. @throws TRAINING_DATA_UNREADABLE */
export async function readSource(tables: Tables, { path, name }: DataSource): Promise<FileTable> {
  try {
    return await tables.read(path);
  } catch (error) {
    if (!(error instanceof KnownError) || error.spec.status >= 500) throw error;
    throw fail.dataUnreadable({ detail: error.message.replaceAll(path, `'${name}'`) }, error);
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** Parquet files begin with PAR1, gzip with 1f 8b; anything else is read as CSV. */
async function sniffExtension(path: string): Promise<string> {
  const { open } = await import('node:fs/promises');
  await using file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
  if (buffer.toString('latin1') === 'PAR1') return '.parquet';
  return buffer[0] === 0x1f && buffer[1] === 0x8b ? '.csv.gz' : '.csv';
}

/** The last part of what the caller calls the file, for people only: never used as a path. */
function plainName(name: string): string {
  const last = name.split(/[/\\]/u).at(-1) ?? '';
  return last.replace(/[^\w .()-]/gu, '_').slice(0, 200) || 'data.csv';
}
