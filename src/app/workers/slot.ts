import { join } from 'node:path';
import { openSegmentLog } from '#adapters/segment-log/open.ts';
import { KnownError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { pause, retry } from '#kernel/retry.ts';
import { type EventLog, type LogChunk, type LogSource, RECORD_HEADER_BYTES } from '#ports/event-log.ts';
import type { CoreConfig } from '../config/core.ts';
import { takeFolder } from '../data-folder.ts';

/** How long the death of a worker may take to be noticed after its log no longer answers. */
const NOTICE_MS = 1000;
/** Tries to take a folder: a worker of a main process that was killed may need a moment to end. */
const TAKE = {
  attempts: 60,
  baseMs: 50,
  maxMs: 500,
  retriable: (error: unknown) => error instanceof KnownError && error.spec.code === 'DATA_FOLDER_TAKEN',
} as const;

interface Hands {
  readonly log: Promise<LogSource>;
  readonly give: (log: LogSource) => void;
  readonly refuse: (error: Error) => void;
}

/**
 * A worker's folder with its log partition. While a worker has it the log is read through that worker, else it is open here: what a worker wrote is pulled
 * to the end, whatever becomes of the worker. Who reads notices nothing but a pause.
 */
export class Slot implements LogSource {
  readonly folder: string;
  readonly partition: string;
  readonly #config: CoreConfig;
  readonly #logger: Logger;
  #hands = newHands();
  #changed = newHands();
  #own: { readonly log: EventLog; readonly release: () => Promise<void> } | undefined;
  #isHeld = false;
  #latest: Promise<LogChunk> | undefined;
  #closed = false;
  isTaken = false;

  private constructor(folder: string, partition: string, parts: { config: CoreConfig; logger: Logger }) {
    this.folder = folder;
    this.partition = partition;
    this.#config = parts.config;
    this.#logger = parts.logger;
  }

  /** Opens or makes the folder, and repairs the end of its log. */
  static async open(folder: string, parts: { config: CoreConfig; logger: Logger }): Promise<Slot> {
    const own = await openOwn(folder, parts);
    const slot = new Slot(folder, own.log.partition, parts);
    slot.#own = own;
    slot.#handTo(own.log);
    return slot;
  }

  /** The log while it is open here. */
  get own(): EventLog | undefined {
    return this.#own?.log;
  }

  /** Closes the log here, so that a worker can open it. Reads wait from now on. */
  async lend(): Promise<void> {
    this.#takeBack();
    await this.#closeOwn();
  }

  /** Reads go to the worker that has the folder. */
  attach(log: LogSource): void {
    this.#handTo(log);
  }

  /** The worker is gone: opens the log here, with all that it wrote. */
  async recover(): Promise<void> {
    if (this.#closed || this.#own) return;
    this.#takeBack();
    const { log, release } = await openOwn(this.folder, { config: this.#config, logger: this.#logger });
    this.#own = { log, release };
    this.#handTo(log);
    if (this.#closed) await this.close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#takeBack();
    this.#hands.refuse(new Error('the event log of a worker is closed'));
    await this.#closeOwn();
  }

  head(): Promise<number> {
    return this.#on((log) => log.head());
  }

  tail(): Promise<number> {
    return this.#on((log) => log.tail());
  }

  /** Several sinks read the same places at about the same time: what came last serves them all. */
  async read(from: number, maxBytes: number): Promise<LogChunk> {
    const known = this.#latest && chunkFrom(await this.#latest.catch(() => undefined), from, maxBytes);
    if (known) return known;
    const read = this.#on((log) => log.read(from, maxBytes));
    this.#latest = read;
    return read;
  }

  acknowledge(sink: string, offset: number): Promise<void> {
    return this.#on((log) => log.acknowledge(sink, offset));
  }

  waitFor(offset: number, signal: AbortSignal): Promise<void> {
    return this.#on((log) => log.waitFor(offset, signal));
  }

  async #closeOwn(): Promise<void> {
    const own = this.#own;
    this.#own = undefined;
    await own?.log.close();
    await own?.release();
  }

  #handTo(log: LogSource): void {
    this.#isHeld = true;
    this.#hands.give(log);
  }

  /** Who waits for the next hands goes on waiting. */
  #takeBack(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    // Records that were lost with a worker may have left their offsets to others.
    this.#latest = undefined;
    const { give } = this.#changed;
    this.#hands = newHands();
    this.#changed = newHands();
    give(this);
  }

  /** A failure of a log that has just changed hands says nothing: the next one is asked. */
  async #on<R>(work: (log: LogSource) => Promise<R>): Promise<R> {
    for (;;) {
      const hands = this.#hands;
      const log = await hands.log;
      try {
        return await work(log);
      } catch (error) {
        const notice = new AbortController();
        if (hands === this.#hands) await Promise.race([this.#changed.log, pause(NOTICE_MS, notice.signal)]);
        notice.abort();
        if (hands === this.#hands) throw error;
      }
    }
  }
}

/** The records of a chunk from an offset on; undefined where it holds none of them, or holds more than is wanted. */
function chunkFrom(chunk: LogChunk | undefined, from: number, maxBytes: number): LogChunk | undefined {
  if (chunk === undefined || from < chunk.from || from >= chunk.to || chunk.bytes.length > maxBytes) return undefined;
  const { bytes } = chunk;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (let offset = chunk.from; offset < from; offset++) at += RECORD_HEADER_BYTES + view.getUint32(at, true);
  return { ...chunk, from, bytes: bytes.subarray(at) };
}

function newHands(): Hands {
  const { promise, resolve, reject } = Promise.withResolvers<LogSource>();
  promise.catch(() => {});
  return { log: promise, give: resolve, refuse: reject };
}

async function openOwn(folder: string, { config, logger }: { config: CoreConfig; logger: Logger }) {
  const release = await retry(async () => takeFolder(folder), TAKE);
  try {
    const { durability, segment_bytes: segmentBytes } = config.event_log;
    const log = await openSegmentLog({ dir: join(folder, 'events'), durability, segmentBytes, logger });
    return { log, release };
  } catch (error) {
    await release();
    throw error;
  }
}
