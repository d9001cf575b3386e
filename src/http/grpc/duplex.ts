import { performance } from 'node:perf_hooks';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { fail } from './errors.ts';

type Call = ServerDuplexStream<Buffer, Buffer>;
type Ask = (request: Buffer) => Promise<Uint8Array>;

/** How many messages of one stream are worked on at once, so that they share batches; and how many bytes of them. */
const MAX_BEGUN = 16;
const MAX_BEGUN_BYTES = 1_000_000;
/** A stream on which nobody has asked anything for so long is idle: at a stop it is ended at once. */
const IDLE_MS = 1000;
/** What is begun when time is up for the others still has so long to be answered. */
const LAST_MS = 500;
const LOOK_MS = 50;

/** The streams of a server: each answers every message, in the order in which they came. */
export class DuplexStreams {
  readonly #open = new Set<DuplexStream>();

  /** Resolves when all that the caller had to ask is answered, or the caller has gone. @throws what `ask` throws, after the answers before it are sent */
  answer(call: Call, ask: Ask): Promise<void> {
    const stream = new DuplexStream(call, ask);
    this.#open.add(stream);
    return stream.over.finally(() => this.#open.delete(stream));
  }

  /** Ends the streams that never end by themselves where nothing is lost by it: idle ones now, busy ones between two messages when time is nearly up. */
  leave(graceMs: number): void {
    const lastAt = performance.now() + graceMs - Math.min(LAST_MS, graceMs / 2);
    const look = (): void => {
      for (const stream of this.#open) stream.leave(performance.now() >= lastAt);
      if (this.#open.size === 0) clearInterval(timer);
    };
    const timer = setInterval(look, LOOK_MS).unref();
    look();
  }
}

class DuplexStream {
  readonly over: Promise<void>;
  readonly #call: Call;
  readonly #ask: Ask;
  readonly #settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void };
  #answered: Promise<void> = Promise.resolve();
  #begun = 0;
  #begunBytes = 0;
  #heardAt = performance.now();
  #isLeaving = false;
  #isOver = false;

  constructor(call: Call, ask: Ask) {
    this.#call = call;
    this.#ask = ask;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.over = promise;
    this.#settle = { resolve, reject };
    call.on('cancelled', resolve);
    call.on('close', resolve);
    call.on('data', (request: Buffer) => this.#take(request));
    call.on('end', () => void this.#answered.then(resolve));
    const end = (): void => {
      this.#isOver = true;
    };
    promise.then(end, end);
  }

  /** @param isLate whether a stream must end that is not idle */
  leave(isLate: boolean): void {
    if (isLate && !this.#isLeaving) {
      this.#isLeaving = true;
      this.#call.pause();
    }
    const isIdle = performance.now() - this.#heardAt > IDLE_MS;
    if (this.#begun === 0 && (isIdle || isLate)) this.#settle.reject(fail.streamEnded({}));
  }

  #take(request: Buffer): void {
    if (this.#isOver) return;
    this.#heardAt = performance.now();
    this.#begun++;
    this.#begunBytes += request.length;
    if (this.#isFull()) this.#call.pause();
    const asked = this.#ask(request);
    // It is waited for in its turn.
    asked.catch(() => {});
    this.#answered = this.#answered.then(() => this.#send(asked, request.length)).catch((error) => this.#settle.reject(error));
  }

  async #send(asked: Promise<Uint8Array>, bytes: number): Promise<void> {
    const answer = (await asked) as Buffer;
    if (this.#isOver) return;
    const isTaken = this.#call.write(answer);
    if (!isTaken) await Promise.race([new Promise((resolve) => this.#call.once('drain', resolve)), this.over]);
    this.#begun--;
    this.#begunBytes -= bytes;
    this.#heardAt = performance.now();
    if (!this.#isLeaving && !this.#isFull()) this.#call.resume();
  }

  #isFull(): boolean {
    return this.#begun >= MAX_BEGUN || this.#begunBytes >= MAX_BEGUN_BYTES;
  }
}
