import type { FileHandle } from 'node:fs/promises';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from './errors.ts';
import { FRAME_BYTES, frameAt } from './frame.ts';

/** Magic, version, base, base of the segment before, offset that the segment before ended at. */
export const HEADER_BYTES = 32;
export const FORMAT_VERSION = 1;
const MAGIC = 0x474f4c54;
/** Small enough that checking one piece does not hold the loop up. */
const PIECE_BYTES = 256 * 1024;
const INDEX_EVERY_BYTES = 64 * 1024;

/** One file of the log. `end` and `size` grow while it is the last one. */
export interface Segment {
  readonly base: number;
  readonly path: string;
  /** Where the segment before began and ended; both equal `base` for the very first. */
  readonly previousBase: number;
  readonly previousEnd: number;
  /** Offset after the last record; unknown for an old segment that was not scanned yet. */
  end: number | undefined;
  size: number;
  index: SparseIndex | undefined;
}

/** Some offsets with their place in the file, so that a read need not begin at the start of the file. */
export class SparseIndex {
  readonly #offsets: number[] = [];
  readonly #positions: number[] = [];

  /** Notes a record, if the one before is far enough away. */
  note(offset: number, position: number): void {
    const last = this.#positions.at(-1);
    if (last !== undefined && position - last < INDEX_EVERY_BYTES) return;
    this.#offsets.push(offset);
    this.#positions.push(position);
  }

  /** Forgets everything from `position` on. */
  cut(position: number): void {
    while ((this.#positions.at(-1) ?? -1) >= position) {
      this.#positions.pop();
      this.#offsets.pop();
    }
  }

  /** The last noted record at or before `offset`. */
  before(offset: number): { offset: number; position: number } | undefined {
    let low = 0;
    let high = this.#offsets.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#offsets[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? undefined : { offset: this.#offsets[low - 1]!, position: this.#positions[low - 1]! };
  }
}

export function segmentPath(dir: string, base: number): string {
  return join(dir, `${String(base).padStart(16, '0')}.log`);
}

export function header(base: number, previous: { base: number; end: number }): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(FORMAT_VERSION, 4);
  bytes.writeDoubleLE(base, 8);
  bytes.writeDoubleLE(previous.base, 16);
  bytes.writeDoubleLE(previous.end, 24);
  return bytes;
}

/** The segments of a folder in order, their headers checked against each other. A last one whose header was cut off is left out and named. */
export async function listSegments(dir: string): Promise<{ segments: Segment[]; headless: string | undefined }> {
  const bases = (await readdir(dir)).filter((name) => /^\d{16}\.log$/.test(name)).map((name) => Number(name.slice(0, 16)));
  bases.sort((a, b) => a - b);
  const segments: Segment[] = [];
  for (const base of bases) {
    const path = segmentPath(dir, base);
    const segment = await readHeader(path, base);
    if (segment === undefined) {
      if (base === bases.at(-1)) return { segments, headless: path };
      throw fail.damaged({ file: path, reason: 'it ends inside its header although newer files follow' });
    }
    const before = segments.at(-1);
    if (before !== undefined && segment.previousBase !== before.base) {
      throw fail.damaged({ file: path, reason: `a file is missing between offset ${before.base} and ${base}` });
    }
    if (before !== undefined) before.end = segment.previousEnd;
    segments.push(segment);
  }
  return { segments, headless: undefined };
}

async function readHeader(path: string, base: number): Promise<Segment | undefined> {
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(HEADER_BYTES);
    const { bytesRead } = await file.read(bytes, 0, HEADER_BYTES, 0);
    if (bytesRead < HEADER_BYTES) return undefined;
    if (bytes.readUInt32LE(0) !== MAGIC || bytes.readDoubleLE(8) !== base) {
      throw fail.damaged({ file: path, reason: 'its header does not belong to an event log file of this name' });
    }
    if (bytes.readUInt32LE(4) > FORMAT_VERSION) throw fail.newer({ dir: path, version: bytes.readUInt32LE(4) });
    const { size } = await file.stat();
    return {
      base,
      path,
      previousBase: bytes.readDoubleLE(16),
      previousEnd: bytes.readDoubleLE(24),
      end: undefined,
      size,
      index: undefined,
    };
  } finally {
    await file.close();
  }
}

export interface Scan {
  /** Offset after the last whole record. */
  readonly end: number;
  /** Place in the file after it. */
  readonly size: number;
  readonly index: SparseIndex;
}

/** Walks a segment's records from its start up to the first one that is cut off or damaged. */
export async function scanSegment(segment: Segment): Promise<Scan> {
  const index = new SparseIndex();
  const file = await open(segment.path, 'r');
  try {
    let offset = segment.base;
    let size = HEADER_BYTES;
    for await (const piece of pieces(file, HEADER_BYTES, segment.size)) {
      for (let at = 0; at < piece.length; ) {
        const frame = frameAt(piece, at);
        if (frame <= 0) return { end: offset, size, index };
        index.note(offset, size);
        offset++;
        at += frame;
        size += frame;
      }
    }
    return { end: offset, size, index };
  } finally {
    await file.close();
  }
}

/**
 * Reads a file from `start` to `end` in pieces that hold whole frames: what is left of a piece after its last whole frame
 * begins the next one. Ends at the first frame that is damaged or cut off.
 */
export async function* pieces(file: FileHandle, start: number, end: number): AsyncGenerator<Buffer> {
  let position = start;
  let want = PIECE_BYTES;
  while (position < end) {
    const size = Math.min(want, end - position);
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(size), 0, size, position);
    if (bytesRead < size) return;
    const piece = buffer;
    let whole = 0;
    while (whole + FRAME_BYTES <= piece.length) {
      const next = whole + FRAME_BYTES + piece.readUInt32LE(whole);
      if (next > piece.length) break;
      whole = next;
    }
    if (whole === 0) {
      const frame = piece.length < FRAME_BYTES ? Infinity : FRAME_BYTES + piece.readUInt32LE(0);
      if (position + frame > end) return;
      want = frame;
      continue;
    }
    want = PIECE_BYTES;
    yield piece.subarray(0, whole);
    position += whole;
  }
}
