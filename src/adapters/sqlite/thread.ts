import { Worker } from 'node:worker_threads';
import { errorFromWire } from '#kernel/errors.ts';
import { fail } from '#ports/database.ts';
import type { ThreadData, Without, WorkerAnswer, WorkerRequest } from './messages.ts';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * A thread for one connection to a SQLite file. Making it and loading its code takes far longer than opening a file, so it may be made before anybody
 * knows which file it will be.
 */
export class DatabaseThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #dead: Error | undefined;

  constructor(name: string) {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { name, execArgv: [] });
    this.#worker.on('message', (answer: WorkerAnswer) => this.#settle(answer));
    this.#worker.on('error', (error) => this.#die(error as Error));
    this.#worker.on('exit', () => this.#die(new Error('the database thread ended')));
    this.#worker.unref();
  }

  /** Opens the file. What fails here fails all that is called. */
  open(data: ThreadData): void {
    this.#worker.postMessage(data);
  }

  /** Calls without an answer yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  call(request: Without<WorkerRequest, 'id'>): Promise<unknown> {
    if (this.#dead) return Promise.reject(fail.unavailable({ reason: this.#dead.message }, this.#dead));
    const id = this.#next++;
    // While answers are due the thread keeps the program alive; an idle one does not.
    if (this.#waiting.size === 0) this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id } as WorkerRequest);
    });
  }

  /** Ends a thread that has opened nothing. */
  async discard(): Promise<void> {
    await this.#worker.terminate();
  }

  /** Closes the file and ends the thread. */
  async close(): Promise<void> {
    if (!this.#dead) await this.call({ kind: 'close' });
    await this.#worker.terminate();
  }

  #settle(answer: WorkerAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (answer.error) waiting?.reject(errorFromWire(answer.error));
    else waiting?.resolve(answer.value);
  }

  #die(error: Error): void {
    this.#dead ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(fail.unavailable({ reason: error.message }, error));
    this.#waiting.clear();
  }
}
