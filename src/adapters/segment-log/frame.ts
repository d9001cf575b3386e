import { crc32 } from 'node:zlib';

/** A record on disk: length (u32), checksum (u32), bytes; all little-endian. */
export const FRAME_BYTES = 8;
/** No record is larger; a length above it can only be damage. */
export const MAX_RECORD_BYTES = 256 * 1024 * 1024;
/** Seeds the checksum together with the length, so that a run of zero bytes is never a valid empty record. */
const SEED = 0x54524159;

export function checksum(bytes: Uint8Array): number {
  return crc32(bytes, (bytes.length + SEED) >>> 0);
}

/** Writes one framed record at `at`; there must be room for it. Text becomes UTF-8. Returns the place after it. */
export function putFrame(target: Buffer, at: number, record: string | Uint8Array): number {
  const start = at + FRAME_BYTES;
  let length: number;
  if (typeof record === 'string') length = target.write(record, start, 'utf8');
  else {
    target.set(record, start);
    ({ length } = record);
  }
  target.writeUInt32LE(length, at);
  target.writeUInt32LE(checksum(target.subarray(start, start + length)), at + 4);
  return start + length;
}

/**
 * Size of the whole, valid frame that begins at `at`; 0 when the buffer ends before the frame does, −1 when it is damaged.
 */
export function frameAt(source: Buffer, at: number): number {
  if (at + FRAME_BYTES > source.length) return 0;
  const length = source.readUInt32LE(at);
  if (length > MAX_RECORD_BYTES) return -1;
  const end = at + FRAME_BYTES + length;
  if (end > source.length) return 0;
  return checksum(source.subarray(at + FRAME_BYTES, end)) === source.readUInt32LE(at + 4) ? end - at : -1;
}

/** Frames for a log chunk, gathered from pieces of a file. Takes about `room` bytes, but always one frame. */
export class Gathered {
  #target: Buffer;
  #used = 0;

  constructor(room: number) {
    this.#target = Buffer.allocUnsafeSlow(Math.max(room, 0));
  }

  /** Adds the frame at `at`; false when it does not fit. */
  add(source: Buffer, at: number, frame: number): boolean {
    if (this.#used + frame > this.#target.length) {
      if (this.#used > 0) return false;
      this.#target = Buffer.allocUnsafeSlow(frame);
    }
    source.copy(this.#target, this.#used, at, at + frame);
    this.#used += frame;
    return true;
  }

  bytes(): Uint8Array {
    return this.#target.subarray(0, this.#used);
  }
}
