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

export function framedSize(records: readonly Uint8Array[]): number {
  let size = records.length * FRAME_BYTES;
  for (const record of records) {
    if (record.length > MAX_RECORD_BYTES) throw new RangeError(`an event of ${record.length} bytes is too large for the event log`);
    size += record.length;
  }
  return size;
}

/** Writes one framed record at `at`; returns the place after it. */
export function putFrame(target: Buffer, at: number, record: Uint8Array): number {
  target.writeUInt32LE(record.length, at);
  target.writeUInt32LE(checksum(record), at + 4);
  target.set(record, at + FRAME_BYTES);
  return at + FRAME_BYTES + record.length;
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

const LENGTH_BYTES = 4;

/** Records in the form of a log chunk: each is its length and its bytes. Takes about `room` bytes, but always one record. */
export class Packed {
  #target: Buffer;
  #used = 0;

  constructor(room: number) {
    this.#target = Buffer.allocUnsafeSlow(Math.max(room, 0));
  }

  /** Adds the frame at `at`; false when it does not fit. */
  add(source: Buffer, at: number, frame: number): boolean {
    const size = frame - FRAME_BYTES + LENGTH_BYTES;
    if (this.#used + size > this.#target.length) {
      if (this.#used > 0) return false;
      this.#target = Buffer.allocUnsafeSlow(size);
    }
    this.#target.writeUInt32LE(frame - FRAME_BYTES, this.#used);
    source.copy(this.#target, this.#used + LENGTH_BYTES, at + FRAME_BYTES, at + frame);
    this.#used += size;
    return true;
  }

  bytes(): Uint8Array {
    return this.#target.subarray(0, this.#used);
  }
}
