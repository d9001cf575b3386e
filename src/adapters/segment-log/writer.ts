import { closeSync, fdatasyncSync, fsync, fsyncSync, ftruncateSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Durability } from '#ports/event-log.ts';
import { writeFailure } from './errors.ts';
import { HEADER_BYTES, header, type Segment, SparseIndex, segmentPath } from './segment.ts';
import { type Draft, Tail } from './tail.ts';

/** The calls that change files; tests put failing ones in their place. */
export interface FileCalls {
  readonly write: (fd: number, bytes: Uint8Array, start: number, length: number, position: number) => number;
  readonly truncate: (fd: number, size: number) => void;
  readonly sync: (fd: number) => Promise<void>;
}

export const realFiles: FileCalls = { write: writeSync, truncate: ftruncateSync, sync: promisify(fsync) };

export interface WriterOptions {
  readonly dir: string;
  readonly durability: Durability;
  readonly segmentBytes: number;
  readonly files: FileCalls;
}

const MIN_PROBE_BYTES = 4096;
const MAX_PROBE_BYTES = 2 ** 20;

/** Writes the end of the log. Everything here is synchronous but the group fsync. */
export class Writer {
  readonly segments: Segment[];
  readonly tail = new Tail();
  readonly #options: WriterOptions;
  #fd: number;
  #active: Segment;
  #index: SparseIndex;
  #next: number;
  /** After a failed write that could not be undone: the file may hold more than it should. */
  #dirty = false;
  #synced: { offset: number; size: number };
  /** The fsync that has not begun: what is appended now is covered by it. */
  #gathering: Promise<void> | undefined;
  #lastRound: Promise<void> | undefined;
  /** Size of the batch that was refused last: with less room than that nothing is well again. */
  #refusedBytes = 0;

  /** @param segments in order, the last one scanned (`end` and `index` known) */
  constructor(segments: Segment[], options: WriterOptions) {
    this.segments = segments;
    this.#options = options;
    this.#active = segments.at(-1)!;
    this.#index = this.#active.index ??= new SparseIndex();
    this.#next = this.#active.end ?? this.#active.base;
    this.#fd = openSync(this.#active.path, 'r+');
    this.#synced = { offset: this.#next, size: this.#active.size };
  }

  /** Offset after the last record that readers may see. */
  get head(): number {
    return this.#options.durability === 'disk' ? this.#synced.offset : this.#next;
  }

  /** Offset that the next record will get. */
  get next(): number {
    return this.#next;
  }

  /** Place in the last file up to which readers may read. */
  get visibleSize(): number {
    return this.#options.durability === 'disk' ? this.#synced.size : this.#active.size;
  }

  get active(): Segment {
    return this.#active;
  }

  /** Appends all records or none, in one write. @returns the offset of the first */
  append(records: readonly (string | Uint8Array)[]): number {
    const first = this.#next;
    const draft = this.tail.draft(records, first);
    if (this.#active.size > HEADER_BYTES && this.#active.size + draft.size > this.#options.segmentBytes) this.roll();
    const start = this.#active.size;
    this.#write(draft, start);
    // Coarser than one entry a record would be; the index only says where to begin to look.
    this.#index.note(first, start);
    this.#active.size = start + draft.size;
    this.#next = first + records.length;
    this.#active.end = this.#next;
    this.tail.commit(draft, this.#next);
    return first;
  }

  /** Resolves when everything appended so far is on the disk; calls that come together share one fsync. */
  synced(): Promise<void> {
    if (this.#gathering !== undefined) return this.#gathering;
    const round = this.#round(this.#lastRound);
    round.catch(() => {});
    this.#gathering = round;
    this.#lastRound = round;
    return round;
  }

  /** Ends the last file and begins a new one; `base` above the next offset leaves a hole. */
  roll(base = this.#next): void {
    const { dir, durability } = this.#options;
    const before = this.#active;
    const path = segmentPath(dir, base);
    let fd: number | undefined;
    try {
      if (durability === 'disk') fdatasyncSync(this.#fd);
      fd = openSync(path, 'w+');
      const bytes = header(base, { base: before.base, end: this.#next });
      if (writeSync(fd, bytes, 0, bytes.length, 0) < bytes.length) throw Object.assign(new Error('short write'), { code: 'ENOSPC' });
      if (durability === 'disk') this.#syncNames(fd);
    } catch (error) {
      if (fd !== undefined) {
        closeSync(fd);
        unlinkSync(path);
      }
      throw writeFailure(error, dir);
    }
    this.#retire(this.#fd);
    this.#fd = fd;
    this.#index = new SparseIndex();
    this.#active = { base, path, previousBase: before.base, previousEnd: this.#next, end: base, size: HEADER_BYTES, index: this.#index };
    this.segments.push(this.#active);
    this.#next = base;
    this.#synced = { offset: base, size: HEADER_BYTES };
  }

  async close(): Promise<void> {
    await this.#lastRound?.catch(() => {});
    if (this.#options.durability !== 'none') fsyncSync(this.#fd);
    closeSync(this.#fd);
  }

  #write({ bytes, start: from, size }: Pick<Draft, 'bytes' | 'start' | 'size'>, start: number): void {
    const { files, dir } = this.#options;
    try {
      if (this.#dirty) {
        files.truncate(this.#fd, start);
        this.#dirty = false;
      }
      for (let done = 0; done < size; ) {
        const written = files.write(this.#fd, bytes, from + done, size - done, start + done);
        if (written === 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
        done += written;
      }
    } catch (error) {
      this.#refusedBytes = size;
      this.#undo(start);
      throw writeFailure(error, dir);
    }
  }

  /** Writes as much as was refused last behind the end, and takes it away again. @throws EVENT_LOG_FULL where that fails */
  async probe(): Promise<void> {
    const { files, dir, durability } = this.#options;
    const size = Math.min(MAX_PROBE_BYTES, Math.max(MIN_PROBE_BYTES, this.#refusedBytes));
    this.#write({ bytes: Buffer.alloc(size), start: 0, size }, this.#active.size);
    this.#undo(this.#active.size);
    try {
      if (durability === 'disk') await files.sync(this.#fd);
    } catch (error) {
      throw writeFailure(error, dir);
    }
  }

  #undo(size: number): void {
    try {
      this.#options.files.truncate(this.#fd, size);
    } catch {
      this.#dirty = true;
    }
  }

  async #round(before: Promise<void> | undefined): Promise<void> {
    // If the round before fails, the records of this one go with it: they stand behind its records.
    await before;
    // One turn of the loop, so that appends of the same tick share this fsync.
    await new Promise(setImmediate);
    this.#gathering = undefined;
    const target = { offset: this.#next, size: this.#active.size };
    const segment = this.#active;
    try {
      await this.#options.files.sync(this.#fd);
    } catch (error) {
      if (segment === this.#active) this.#rollBack();
      this.#gathering = undefined;
      this.#lastRound = undefined;
      throw writeFailure(error, this.#options.dir);
    }
    // A roll in the meantime synced all of the older file itself.
    if (segment === this.#active) this.#synced = target;
  }

  /** After a failed fsync nobody knows what is on the disk, and everyone who waits is told so: the records go. */
  #rollBack(): void {
    const { offset, size } = this.#synced;
    this.#undo(size);
    this.#index.cut(size);
    this.tail.clear();
    this.#next = offset;
    this.#active.end = offset;
    this.#active.size = size;
  }

  /** A file that is full: bring it to the disk in the background, then close it. */
  #retire(fd: number): void {
    if (this.#options.durability === 'none') {
      closeSync(fd);
      return;
    }
    fsync(fd, () => closeSync(fd));
  }

  #syncNames(fd: number): void {
    fsyncSync(fd);
    const folder = openSync(this.#options.dir, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }
}
