import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { KnownError } from '#kernel/errors.ts';
import { fail } from '../errors.ts';
import { readCsv } from './csv.ts';
import { decodeText } from './text.ts';
import type { WireContent, WireTable } from './wire.ts';

/** V8 cannot hold a longer text. */
const MAX_TEXT_BYTES = 500 * 1024 * 1024;

/** Reads a data file; what kind it is, its first bytes say. @throws TABLE_UNREADABLE, TABLE_NOT_FOUND */
export async function readTable(path: string): Promise<WireTable> {
  try {
    const info = await stat(path);
    if (!info.isFile()) throw fail.tableUnreadable({ path, reason: 'it is a folder, not a file' });
    const content = await readFile(path);
    const sha256 = createHash('sha256').update(content).digest('hex');
    return { ...(await parse(path, content)), sha256, bytes: content.length };
  } catch (error) {
    throw translated(path, error);
  }
}

async function parse(path: string, content: Buffer): Promise<WireContent> {
  if (content.subarray(0, 4).toString('latin1') !== 'PAR1') {
    const { text, notes } = decodeText(plainBytes(content));
    const read = readCsv(text);
    return { ...read, notes: [...notes, ...read.notes] };
  }
  const { readParquet } = await import('./parquet.ts');
  return readParquet(path);
}

function plainBytes(content: Buffer): Buffer {
  const bytes = content[0] === 0x1f && content[1] === 0x8b ? gunzipSync(content, { maxOutputLength: MAX_TEXT_BYTES }) : content;
  if (bytes.length > MAX_TEXT_BYTES) throw new Error('it holds more than 500 MB of text; convert it to Parquet');
  return bytes;
}

function translated(path: string, error: unknown): unknown {
  if (error instanceof KnownError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return fail.tableNotFound({ path }, error);
  if (code === 'EACCES') return fail.tableUnreadable({ path, reason: 'its permissions do not allow it' }, error);
  if (code === 'ERR_BUFFER_TOO_LARGE')
    return fail.tableUnreadable({ path, reason: 'it holds more than 500 MB of text; convert it to Parquet' }, error);
  return fail.tableUnreadable({ path, reason: message.split('\n')[0]!.replace(/\.$/, '') }, error);
}
