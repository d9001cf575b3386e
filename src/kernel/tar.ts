/** A file of an archive. `path` is relative, with forward slashes; `body` yields exactly `size` bytes. */
export interface TarFile {
  readonly path: string;
  readonly size: number;
  readonly body: () => AsyncIterable<Uint8Array>;
}

/** A file that is read from an archive. Its body must be read to its end, or left, before the next one is asked for. */
export interface TarMember {
  readonly path: string;
  readonly size: number;
  readonly body: AsyncIterable<Uint8Array>;
}

const BLOCK = 512;
/** What fits into the header's twelve octal digits less one. */
const MAX_OCTAL = 0o77777777777;
const FILE = '0';
const EXTENDED = 'x';

/** Bytes that `writeTar` gives for these files. */
export function tarSize(files: readonly TarFile[]): number {
  return files.reduce((sum, file) => sum + extendedOf(file).length + BLOCK + padded(file.size), 0) + 2 * BLOCK;
}

/**
 * Writes an uncompressed archive (POSIX.1-2001 pax: names beyond 100 ASCII characters and sizes beyond 8 GiB in an extended header).
 * @param mtimeMs one time for all files, so that the same files give the same bytes
 * @throws Error when a body is not of its size: the archive then ends in the middle
 */
export async function* writeTar(files: readonly TarFile[], mtimeMs: number): AsyncGenerator<Uint8Array> {
  for (const file of files) {
    yield extendedOf(file);
    yield header(file.path, file.size, { type: FILE, mtimeMs });
    let left = file.size;
    for await (const part of file.body()) {
      left -= part.length;
      if (left < 0) break;
      yield part;
    }
    if (left !== 0) throw new Error(`${file.path} is not of the size that was told for it`);
    yield new Uint8Array(padded(file.size) - file.size);
  }
  yield new Uint8Array(2 * BLOCK);
}

/**
 * Reads an archive; only its files are given, folders and links are passed over.
 * @throws Error when the bytes are no archive, or end before it does
 */
export async function* readTar(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<TarMember> {
  const source = new Source(bytes);
  let extended: Readonly<Record<string, string>> = {};
  for (;;) {
    const block = await source.take(BLOCK);
    if (block.every((byte) => byte === 0)) return;
    if (octal(block, 148, 8) !== checksum(block)) throw new Error('this is no tar archive, or it is damaged');
    const type = String.fromCharCode(block[156] as number);
    const size = Number(extended['size'] ?? octal(block, 124, 12));
    if (type === EXTENDED) extended = records(await source.take(size));
    else if (type === FILE || type === '\0') {
      const path = extended['path'] ?? name(block);
      const end = source.position + size;
      yield { path, size, body: source.read(size) };
      await source.skip(end - source.position);
      extended = {};
    } else await source.skip(size);
    await source.skip(padded(size) - size);
  }
}

const padded = (size: number): number => Math.ceil(size / BLOCK) * BLOCK;

function header(path: string, size: number, { type, mtimeMs }: { readonly type: string; readonly mtimeMs: number }): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const text = (value: string, at: number): void => block.set(new TextEncoder().encode(value), at);
  const number = (value: number, at: number, length: number): void => text(value.toString(8).padStart(length - 1, '0'), at);
  block.set(new TextEncoder().encode(path).subarray(0, 100), 0);
  number(0o644, 100, 8);
  number(0, 108, 8);
  number(0, 116, 8);
  number(Math.min(size, MAX_OCTAL), 124, 12);
  number(Math.floor(mtimeMs / 1000), 136, 12);
  text(type, 156);
  text('ustar\u000000', 257);
  text(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** Sum of the header's bytes, its own field read as spaces. */
function checksum(block: Uint8Array): number {
  return block.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 32 : byte), 0);
}

/** The extended header of a file, with its own block before it; empty for most. */
function extendedOf({ path, size }: TarFile): Uint8Array {
  const isPlain = path.length <= 100 && /^[\x20-\x7e]*$/u.test(path);
  const lines = [...(isPlain ? [] : [record('path', path)]), ...(size > MAX_OCTAL ? [record('size', String(size))] : [])];
  if (lines.length === 0) return new Uint8Array(0);
  const content = Buffer.from(lines.join(''));
  const block = header('PaxHeader', content.length, { type: EXTENDED, mtimeMs: 0 });
  return Buffer.concat([block, content, new Uint8Array(padded(content.length) - content.length)]);
}

/** `LENGTH key=value\n`, where the length counts its own digits. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  if (bytes + String(length).length !== length) length = bytes + String(length).length;
  return `${length}${rest}`;
}

function records(content: Uint8Array): Record<string, string> {
  const found: Record<string, string> = {};
  for (let at = 0; at < content.length; ) {
    const [, digits = ''] = /^(\d+) /u.exec(Buffer.from(content.subarray(at, at + 20)).toString('latin1')) ?? [];
    if (digits === '') throw new Error('this tar archive has a damaged header');
    const line = Buffer.from(content.subarray(at + digits.length + 1, at + Number(digits) - 1)).toString('utf8');
    const equals = line.indexOf('=');
    found[line.slice(0, equals)] = line.slice(equals + 1);
    at += Number(digits);
  }
  return found;
}

function name(block: Uint8Array): string {
  const text = (from: number, to: number): string => Buffer.from(block.subarray(from, to)).toString('utf8').replace(/\0.*$/su, '');
  const prefix = text(345, 500);
  return prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`;
}

function octal(block: Uint8Array, at: number, length: number): number {
  const digits = Buffer.from(block.subarray(at, at + length))
    .toString('latin1')
    .replace(/[\0 ]+$/u, '')
    .trim();
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

/** Bytes of a stream by count. */
class Source {
  readonly #parts: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  position = 0;

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#parts = bytes[Symbol.asyncIterator]();
  }

  async take(count: number): Promise<Uint8Array> {
    return Buffer.concat(await Array.fromAsync(this.read(count)));
  }

  async skip(count: number): Promise<void> {
    for await (const _ of this.read(count));
  }

  async *read(count: number): AsyncGenerator<Uint8Array> {
    for (let left = count; left > 0; ) {
      if (this.#rest.length === 0) {
        const next = await this.#parts.next();
        if (next.done) throw new Error('the archive ends too early');
        this.#rest = next.value;
        continue;
      }
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      this.position += part.length;
      left -= part.length;
      yield part;
    }
  }
}
