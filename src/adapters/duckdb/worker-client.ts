import { Worker } from 'node:worker_threads';
import { type ErrorOnWire, errorFromWire } from '#kernel/errors.ts';
import { fail } from './errors.ts';

/** A call to a worker: the method of its handler table with its arguments. */
export interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

export type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: ErrorOnWire };

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** Calls methods of a worker and matches the answers by id. When the worker dies, so do the calls that wait. */
export class WorkerClient {
  readonly #worker: Worker;
  readonly #name: string;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #gone: string | undefined;

  constructor(file: URL, name: string, workerData: unknown) {
    this.#name = name;
    this.#worker = new Worker(file, { workerData, name, execArgv: [] });
    this.#worker.unref();
    this.#worker.on('message', (answer: Answer) => this.#settle(answer));
    this.#worker.on('error', (error) => this.#die(String(error)));
    this.#worker.on('exit', (code) => this.#die(`it ended with code ${code}`));
  }

  call<R>(method: string, args: readonly unknown[], transfer: readonly ArrayBuffer[] = []): Promise<R> {
    if (this.#gone !== undefined) return Promise.reject(fail.workerGone({ worker: this.#name, reason: this.#gone }));
    const id = this.#nextId++;
    return new Promise<R>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      // While a call waits, the worker keeps the process alive.
      if (this.#waiting.size === 1) this.#worker.ref();
      this.#worker.postMessage({ id, method, args } satisfies Call, transfer);
    });
  }

  /** Lets the worker end by itself: it is never killed while DuckDB works inside. */
  async close(): Promise<void> {
    if (this.#gone !== undefined) return;
    const ended = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()));
    await this.call('close', []);
    this.#worker.ref();
    await ended;
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ('error' in answer) waiting?.reject(errorFromWire(answer.error));
    else waiting?.resolve(answer.value as never);
  }

  #die(reason: string): void {
    this.#gone ??= reason;
    for (const { reject } of this.#waiting.values()) reject(fail.workerGone({ worker: this.#name, reason }));
    this.#waiting.clear();
  }
}
