import { open, stat, statfs, unlink } from 'node:fs/promises';
import type { Logger } from '#kernel/logger.ts';
import type { Durability, EventLog, LogChunk, LogStats } from '#ports/event-log.ts';
import { fail } from './errors.ts';
import { frameAt, Gathered } from './frame.ts';
import { Refusing } from './refusing.ts';
import { HEADER_BYTES, pieces, type Segment, scanSegment } from './segment.ts';
import type { Sinks } from './sinks.ts';
import { Writer, type WriterOptions } from './writer.ts';

interface Waiter {
  readonly offset: number;
  readonly resolve: () => void;
}

interface Parts {
  readonly partition: string;
  readonly segments: Segment[];
  readonly sinks: Sinks;
  readonly writer: WriterOptions;
  readonly logger: Logger;
}

/** An event log in the files of one folder. */
export class SegmentLog implements EventLog {
  readonly partition: string;
  readonly durability: Durability;
  readonly #dir: string;
  readonly #logger: Logger;
  readonly #sinks: Sinks;
  readonly #writer: Writer;
  readonly #waiters = new Set<Waiter>();
  #wakeUp: NodeJS.Immediate | undefined;
  #spaceTimer: NodeJS.Timeout | undefined;
  readonly #refusing: Refusing;
  #closed = false;

  constructor({ partition, segments, sinks, writer, logger }: Parts) {
    this.partition = partition;
    this.durability = writer.durability;
    this.#dir = writer.dir;
    this.#logger = logger;
    this.#sinks = sinks;
    this.#writer = new Writer(segments, writer);
    this.#refusing = new Refusing(this.#dir, logger, () => this.#writer.probe());
  }

  append(records: readonly (string | Uint8Array)[]): number | Promise<number> {
    if (this.#closed) throw fail.closed({ dir: this.#dir });
    this.#refusing.check();
    if (this.durability === 'disk') return this.#appendToDisk(records);
    const first = this.#write(records);
    if (this.#waiters.size > 0) this.#scheduleWakeUp();
    return first;
  }

  #write(records: readonly (string | Uint8Array)[]): number {
    try {
      const first = this.#writer.append(records);
      this.#refusing.wrote();
      return first;
    } catch (error) {
      throw this.#refusing.failed(error);
    }
  }

  async #appendToDisk(records: readonly (string | Uint8Array)[]): Promise<number> {
    try {
      const first = this.#writer.append(records);
      await this.#writer.synced();
      this.#refusing.wrote();
      if (this.#waiters.size > 0) this.#scheduleWakeUp();
      return first;
    } catch (error) {
      throw this.#refusing.failed(error);
    }
  }

  async head(): Promise<number> {
    return this.#writer.head;
  }

  async tail(): Promise<number> {
    return this.#writer.segments[0]!.base;
  }

  async read(from: number, maxBytes: number): Promise<LogChunk> {
    const { head, segments } = this.#writer;
    if (from > head) throw fail.ahead({ from, head });
    if (from < segments[0]!.base) throw fail.gap({ from, tail: segments[0]!.base });
    if (from === head) return { partition: this.partition, from, to: from, bytes: new Uint8Array(0) };
    const recent = this.#writer.tail.read(from, head, maxBytes);
    if (recent !== undefined) return { partition: this.partition, from, ...recent };
    const at = segments.findLastIndex((s) => s.base <= from);
    const segment = segments[at]!;
    const next = segments[at + 1];
    // A hole: the records were lost with the power, but their offsets are spent.
    if (next !== undefined && from >= next.previousEnd) return this.read(next.base, maxBytes);
    return this.#readSegment(segment, from, maxBytes);
  }

  async #readSegment(segment: Segment, from: number, maxBytes: number): Promise<LogChunk> {
    const active = segment === this.#writer.active;
    const end = active ? this.#writer.visibleSize : segment.size;
    const head = active ? this.#writer.head : segment.end!;
    try {
      if (segment.index === undefined) await this.#buildIndex(segment);
      return await this.#collect({ segment, from, head, end, maxBytes });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw fail.gap({ from, tail: this.#writer.segments[0]!.base });
      throw error;
    }
  }

  async #buildIndex(segment: Segment): Promise<void> {
    const { end, index } = await scanSegment(segment);
    if (end !== segment.end) {
      throw fail.damaged({ file: segment.path, reason: `record ${end} is unreadable, the file should go to ${segment.end}` });
    }
    segment.index = index;
  }

  async #collect(job: { segment: Segment; from: number; head: number; end: number; maxBytes: number }): Promise<LogChunk> {
    const { segment, from, head, end, maxBytes } = job;
    const start = segment.index!.before(from) ?? { offset: segment.base, position: HEADER_BYTES };
    const gathered = new Gathered(Math.min(maxBytes, end - start.position));
    let offset = start.offset;
    const file = await open(segment.path, 'r');
    try {
      for await (const piece of pieces(file, start.position, end)) {
        for (let at = 0; at < piece.length && offset < head; offset++) {
          const frame = frameAt(piece, at);
          if (frame <= 0) throw fail.damaged({ file: segment.path, reason: `record ${offset} fails its checksum` });
          if (offset >= from && !gathered.add(piece, at, frame))
            return { partition: this.partition, from, to: offset, bytes: gathered.bytes() };
          at += frame;
        }
      }
    } finally {
      await file.close();
    }
    if (offset < head) throw fail.damaged({ file: segment.path, reason: `it ends at record ${offset} and should go to ${head}` });
    return { partition: this.partition, from, to: offset, bytes: gathered.bytes() };
  }

  waitFor(offset: number, signal: AbortSignal): Promise<void> {
    if (this.#writer.head > offset || signal.aborted || this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const waiter: Waiter = {
        offset,
        resolve: () => {
          signal.removeEventListener('abort', waiter.resolve);
          this.#waiters.delete(waiter);
          resolve();
        },
      };
      this.#waiters.add(waiter);
      signal.addEventListener('abort', waiter.resolve, { once: true });
    });
  }

  #scheduleWakeUp(): void {
    this.#wakeUp ??= setImmediate(() => {
      this.#wakeUp = undefined;
      for (const waiter of [...this.#waiters]) if (this.#writer.head > waiter.offset) waiter.resolve();
    });
  }

  /** A sink that is ahead has records that the power took from here: their offsets are not given out again. */
  async acknowledge(sink: string, offset: number): Promise<void> {
    if (offset > this.#writer.next) {
      this.#logger.warn({ sink, offset, head: this.#writer.next }, 'an event sink is ahead of the log, which goes on behind it');
      this.#writer.roll(offset);
    }
    this.#sinks.set(sink, offset);
  }

  async retain(policy: { readonly maxAgeMs: number; readonly maxBytes: number }, nowMs: number): Promise<number> {
    const segments = this.#writer.segments;
    const acknowledged = this.#sinks.lowest();
    let bytes = this.stats().bytes;
    let removed = 0;
    const isOld = async (s: Segment) => (await stat(s.path)).mtimeMs < nowMs - policy.maxAgeMs;
    const active = this.#writer.active;
    if (active.size > HEADER_BYTES && acknowledged >= active.end! && (await isOld(active))) this.#rollIfPossible();
    while (segments.length > 1) {
      const oldest = segments[0]!;
      if (oldest.end! > acknowledged) break;
      if (bytes <= policy.maxBytes && !(await isOld(oldest))) break;
      segments.shift();
      await unlink(oldest.path);
      bytes -= oldest.size;
      removed++;
    }
    if (removed > 0) this.#logger.info({ removed, tail: segments[0]!.base }, 'old event log files were removed');
    return removed;
  }

  /** On a full disk there may be no room for a new file, but the old ones can still go. */
  #rollIfPossible(): void {
    try {
      this.#writer.roll();
    } catch (error) {
      this.#logger.warn({ dir: this.#dir, error: String(error) }, 'no new event log file could be begun');
    }
  }

  stats(): LogStats {
    const { segments, head } = this.#writer;
    const bytes = segments.reduce((sum, s) => sum + s.size, 0);
    return { bytes, segments: segments.length, tail: segments[0]!.base, head, refusal: this.#refusing.now };
  }

  /** Refuses appends while the disk has less than `minimumBytes` left. */
  async watchFreeSpace({ minimumBytes, everyMs }: { readonly minimumBytes: number; readonly everyMs: number }): Promise<void> {
    const look = async (): Promise<void> => {
      const { bavail, bsize } = await statfs(this.#dir);
      this.#refusing.lowSpace(bavail * bsize < minimumBytes);
    };
    await look();
    this.#spaceTimer = setInterval(() => {
      look().catch((error) => this.#logger.warn({ dir: this.#dir, error: String(error) }, 'free space could not be read'));
    }, everyMs).unref();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#spaceTimer);
    this.#refusing.close();
    clearImmediate(this.#wakeUp);
    for (const waiter of [...this.#waiters]) waiter.resolve();
    await this.#sinks.close();
    await this.#writer.close();
  }
}
