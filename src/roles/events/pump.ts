import { KnownError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { backoffMs, pause } from '#kernel/retry.ts';
import type { LogChunk, LogSource } from '#ports/event-log.ts';
import type { Sink } from './api.ts';

export interface PumpOptions {
  readonly source: LogSource;
  readonly sink: Sink;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** Wait for more events before a small chunk is taken: a transaction per event would cost far more. */
  readonly lingerMs: number;
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number };
  readonly onApplied?: (chunk: LogChunk) => void;
  readonly onFailure?: () => void;
  readonly onGap?: (events: number) => void;
}

const CHUNK_BYTES = 1024 * 1024;
const SMALL_BYTES = 512 * 1024;
const BACKOFF = { baseMs: 100, maxMs: 15_000 };

/** Moves events from one source to one sink, in order, for as long as the platform runs. Nothing is dropped: a failing sink is tried again. */
export class Pump {
  readonly #options: PumpOptions;
  readonly #waiters = new Set<{ readonly offset: number; readonly resolve: () => void }>();
  #position = -1;
  #head = 0;
  #attempt = 0;

  constructor(options: PumpOptions) {
    this.#options = options;
  }

  get sink(): string {
    return this.#options.sink.name;
  }

  get source(): LogSource {
    return this.#options.source;
  }

  /** Events known to be in the source that the sink has not taken. */
  get lag(): number {
    return Math.max(0, this.#head - Math.max(0, this.#position));
  }

  /** Why the sink stands still, while it does. */
  get failing(): boolean {
    return this.#attempt > 0;
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#step();
        this.#attempt = 0;
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error);
      }
    }
  }

  /** Resolves once the sink holds everything before `offset`, or the signal aborts. */
  reached(offset: number, signal: AbortSignal): Promise<void> {
    if (this.#position >= offset || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const waiter = {
        offset,
        resolve: (): void => {
          signal.removeEventListener('abort', waiter.resolve);
          this.#waiters.delete(waiter);
          resolve();
        },
      };
      this.#waiters.add(waiter);
      signal.addEventListener('abort', waiter.resolve, { once: true });
    });
  }

  async #step(): Promise<void> {
    const { source, sink, signal } = this.#options;
    if (this.#position < 0) {
      this.#moveTo(await sink.position(source.partition));
      await source.acknowledge(sink.name, this.#position);
    }
    this.#head = await source.head();
    if (this.#head < this.#position)
      this.#options.logger.error(
        { sink: sink.name, head: this.#head, position: this.#position },
        'the event log ends before what the sink already has',
      );
    if (this.#head <= this.#position) {
      await source.waitFor(this.#position, signal);
      return this.#linger();
    }
    const chunk = await source.read(this.#position, CHUNK_BYTES);
    if (chunk.to > this.#position) await this.#take(chunk);
    if (chunk.to >= this.#head && chunk.bytes.length < SMALL_BYTES) await this.#linger();
  }

  async #linger(): Promise<void> {
    const { signal, lingerMs } = this.#options;
    if (!signal.aborted && lingerMs > 0 && this.#waiters.size === 0) await pause(lingerMs, signal);
  }

  async #take(chunk: LogChunk): Promise<void> {
    const { source, sink, onApplied } = this.#options;
    await sink.apply(chunk);
    this.#moveTo(chunk.to);
    onApplied?.(chunk);
    await source.acknowledge(sink.name, chunk.to);
  }

  #moveTo(position: number): void {
    this.#position = position;
    for (const waiter of [...this.#waiters]) if (position >= waiter.offset) waiter.resolve();
  }

  async #recover(error: unknown): Promise<void> {
    const { source, sink, logger, signal, backoff = BACKOFF } = this.#options;
    if (error instanceof KnownError && error.spec.code === 'EVENT_LOG_GAP') {
      const tail = await source.tail().catch(() => undefined);
      if (tail !== undefined && tail > this.#position) {
        logger.error({ sink: sink.name, from: this.#position, tail }, 'events were removed by retention before the sink took them');
        this.#options.onGap?.(tail - this.#position);
        this.#moveTo(tail);
        return;
      }
    }
    this.#options.onFailure?.();
    if (Number.isInteger(Math.log2(this.#attempt + 1))) {
      logger.warn(
        { sink: sink.name, attempt: this.#attempt + 1, error: String(error) },
        'events could not be handed to the sink; trying again',
      );
    }
    await pause(backoffMs(this.#attempt, backoff), signal);
    this.#attempt++;
    // What the sink has made durable may differ from what was seen here: ask again.
    this.#position = -1;
  }
}
