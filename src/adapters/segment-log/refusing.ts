import { KnownError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import type { LogRefusal } from '#ports/event-log.ts';
import { fail, specs } from './errors.ts';

const PROBE_MS = 1000;

/**
 * Whether a log takes events, since when not and why. A write that failed is tried again by itself: whoever asks here and then sends nobody any more
 * would else never hear that the disk is well again.
 */
export class Refusing {
  readonly #dir: string;
  readonly #logger: Logger;
  readonly #probe: () => Promise<void>;
  #now: LogRefusal | undefined;
  #isLow = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param probe writes like an append; rejects where that fails */
  constructor(dir: string, logger: Logger, probe: () => Promise<void>) {
    this.#dir = dir;
    this.#logger = logger;
    this.#probe = probe;
  }

  get now(): LogRefusal | undefined {
    return this.#now;
  }

  /** @throws EVENT_LOG_FULL while the disk has less space than is kept free */
  check(): void {
    if (this.#isLow) throw fail.full({ dir: this.#dir, reason: LOW });
  }

  lowSpace(isLow: boolean): void {
    if (isLow === this.#isLow) return;
    this.#isLow = isLow;
    if (isLow) this.#begin(LOW);
    else this.wrote();
  }

  /** An append went well. */
  wrote(): void {
    if (this.#now === undefined || this.#isLow) return;
    this.close();
    this.#logger.warn({ dir: this.#dir, since: new Date(this.#now.sinceMs).toISOString() }, 'the event log takes events again');
    this.#now = undefined;
  }

  /** @returns the same error */
  failed(error: unknown): unknown {
    if (!(error instanceof KnownError) || error.spec !== specs.full) return error;
    this.#begin(String(error.params['reason']));
    this.#timer ??= setInterval(
      () =>
        this.#probe().then(
          () => this.wrote(),
          () => undefined,
        ),
      PROBE_MS,
    ).unref();
    return error;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #begin(reason: string): void {
    if (this.#now?.reason === reason) return;
    this.#now = { sinceMs: this.#now?.sinceMs ?? Date.now(), reason };
    this.#logger.error({ dir: this.#dir, reason }, 'the event log takes no events');
  }
}

const LOW = 'too little free space';
