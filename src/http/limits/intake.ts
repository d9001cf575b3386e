import type { ServerResponse } from 'node:http';
import { fail } from '../errors.ts';

/** A request of so few bytes comes in at any time: it costs no more than its connection does, and large ones must not keep all others out. */
const SMALL_BYTES = 16 * 1024;

/**
 * Bytes of requests that one process holds at once, over all connections and protocols. Each request alone is within a limit of its own, and so many
 * of them at once would still fill the memory. Where nothing is held any one request may come, however large.
 */
export class Intake {
  readonly #limit: number;
  #held = 0;

  constructor(limitBytes = Number.POSITIVE_INFINITY) {
    this.#limit = limitBytes;
  }

  get heldBytes(): number {
    return this.#held;
  }

  /** An account for one request. With its answer's end it is closed, where there is one. */
  open(res?: ServerResponse): IntakeAccount {
    const account = new IntakeAccount({
      hasRoom: (own, more) => own + more <= SMALL_BYTES || this.#held === own || this.#held + more <= this.#limit,
      add: (bytes) => {
        this.#held += bytes;
      },
      limit: this.#limit,
    });
    res?.once('close', () => account.close());
    return account;
  }
}

interface Book {
  hasRoom(own: number, more: number): boolean;
  add(bytes: number): void;
  readonly limit: number;
}

/** What one request holds. */
export class IntakeAccount {
  readonly #book: Book;
  #bytes = 0;
  #isClosed = false;

  constructor(book: Book) {
    this.#book = book;
  }

  /** For what is announced and has not come: nothing is held for it. @throws INFLIGHT_BYTES_EXCEEDED */
  expect(bytes: number): void {
    if (!this.#book.hasRoom(this.#bytes, bytes)) throw fail.inflightExceeded({ limit: this.#book.limit });
  }

  /** @returns false where there is no room; then nothing more is held */
  tryTake(bytes: number): boolean {
    if (!this.#book.hasRoom(this.#bytes, bytes)) return false;
    if (this.#isClosed) return true;
    this.#bytes += bytes;
    this.#book.add(bytes);
    return true;
  }

  /** @throws INFLIGHT_BYTES_EXCEEDED; what was held is given back then */
  take(bytes: number): void {
    if (this.tryTake(bytes)) return;
    this.close();
    throw fail.inflightExceeded({ limit: this.#book.limit });
  }

  giveBack(bytes: number): void {
    if (this.#isClosed) return;
    this.#bytes -= bytes;
    this.#book.add(-bytes);
  }

  close(): void {
    this.giveBack(this.#bytes);
    this.#isClosed = true;
  }
}
