import { FRAME_BYTES, MAX_RECORD_BYTES, putFrame } from './frame.ts';

/** Consecutive frames in memory, exactly as they stand in the file. Bytes below `used` never change. */
interface Block {
  /** Offset of the first record. */
  readonly base: number;
  /** Offset after the last record. */
  end: number;
  readonly bytes: Buffer;
  used: number;
}

const BLOCK_BYTES = 1024 * 1024;
const MAX_BLOCKS = 4;
/** UTF-8 needs at most three bytes for a UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3;

/** Frames that were put into a block but do not count until they are committed. */
export interface Draft {
  readonly bytes: Buffer;
  readonly start: number;
  readonly size: number;
}

/**
 * The newest frames of the log in shared memory: records are encoded straight into it, written to the file from it, and handed to sinks in other
 * threads without being read back, checked and copied again.
 */
export class Tail {
  #blocks: Block[] = [];

  /** Frames the records behind what is committed. @param first offset that the first of them will get */
  draft(records: readonly (string | Uint8Array)[], first: number): Draft {
    const block = this.#room(bound(records), first);
    let at = block.used;
    for (const record of records) at = putFrame(block.bytes, at, record);
    return { bytes: block.bytes, start: block.used, size: at - block.used };
  }

  /** The draft that was made last is in the file: readers may see it. */
  commit(draft: Draft, end: number): void {
    const block = this.#blocks.at(-1) as Block;
    block.used = draft.start + draft.size;
    block.end = end;
    if (this.#blocks.length > MAX_BLOCKS) this.#blocks.shift();
  }

  /** After records were taken back: what is in memory is not to be trusted any more. */
  clear(): void {
    this.#blocks = [];
  }

  /** Frames from `from` on and below `head`, at most about `maxBytes` but at least one; undefined when they are not in memory any more. */
  read(from: number, head: number, maxBytes: number): { readonly to: number; readonly bytes: Uint8Array } | undefined {
    const block = this.#blocks.find((b) => b.base <= from && from < b.end);
    if (block === undefined) return undefined;
    const { bytes } = block;
    const last = Math.min(block.end, head);
    let start = 0;
    let offset = block.base;
    for (; offset < from; offset++) start += FRAME_BYTES + bytes.readUInt32LE(start);
    let end = start;
    for (; offset < last; offset++) {
      const next = end + FRAME_BYTES + bytes.readUInt32LE(end);
      if (next - start > maxBytes && offset > from) break;
      end = next;
    }
    return { to: offset, bytes: bytes.subarray(start, end) };
  }

  #room(size: number, first: number): Block {
    const newest = this.#blocks.at(-1);
    if (newest !== undefined && newest.end === first && newest.used + size <= newest.bytes.length) return newest;
    // A block whose first draft was never written is used again or given up.
    if (newest !== undefined && newest.used === 0) this.#blocks.pop();
    const bytes = Buffer.from(new SharedArrayBuffer(Math.max(BLOCK_BYTES, size)));
    const block: Block = { base: first, end: first, bytes, used: 0 };
    this.#blocks.push(block);
    return block;
  }
}

function bound(records: readonly (string | Uint8Array)[]): number {
  let size = 0;
  for (const record of records) {
    const most = typeof record === 'string' ? record.length * MAX_BYTES_PER_UNIT : record.length;
    if (most > MAX_RECORD_BYTES) throw new RangeError(`an event of ${record.length} bytes is too large for the event log`);
    size += FRAME_BYTES + most;
  }
  return size;
}
