import { Worker } from 'node:worker_threads';
import type { Policy } from '#kernel/loop-policy.ts';
import type { FromChild, FromThread, ThreadOrder, ThreadStart, ToChild } from './messages.ts';

export interface Closed {
  readonly code: number | null;
  readonly name: NodeJS.Signals | null;
  /** The end of what it wrote to standard error. */
  readonly complaint: string;
}

const MAX_COMPLAINT = 4000;
/** How long a child that was killed may take to be gone. */
const END_MS = 5000;

/** A child process that a thread starts and talks to (child-thread.ts), so that neither holds the loop. */
export class FarChild {
  /** Resolves when it has ended, or could not be started. */
  readonly closed: Promise<Closed>;
  onStart: (pid: number) => void = () => {};
  onMessage: (message: FromChild) => void = () => {};
  readonly #thread: Worker;
  readonly #sends: PromiseWithResolvers<void>[] = [];
  #complaint = '';

  /** @param command what runs the program, with all that stands before it */
  constructor(program: string, [command, ...args]: readonly string[]) {
    const start: ThreadStart = { program, command: command as string, args };
    this.#thread = new Worker(new URL('./child-thread.ts', import.meta.url), { workerData: start, name: 'training', execArgv: [] });
    this.closed = new Promise((resolve) => {
      const close = (code: number | null, name: NodeJS.Signals | null): void => {
        for (const { reject } of this.#sends.splice(0)) reject(new Error('the training process has ended'));
        resolve({ code, name, complaint: this.#complaint });
      };
      this.#thread.on('message', (message: FromThread) => {
        if (message.type === 'closed') close(message.code, message.signal);
        else if (message.type === 'unable') {
          this.#complain(`Error: ${message.reason}`);
          close(null, null);
        } else this.#take(message);
      });
      this.#thread.on('error', (error) => {
        this.#complain(String(error));
        close(null, null);
      });
      this.#thread.on('exit', () => close(null, null));
    });
  }

  /** Resolves when the child's pipe has it. */
  send(message: ToChild): Promise<void> {
    const sent = Promise.withResolvers<void>();
    this.#sends.push(sent);
    this.#order({ type: 'send', message });
    return sent.promise;
  }

  setPolicy(policy: Policy): void {
    this.#order({ type: 'policy', policy });
  }

  kill(signal: NodeJS.Signals): void {
    this.#order({ type: 'kill', signal });
  }

  /** Ends the child, if it has not ended yet, and the thread. */
  async end(): Promise<void> {
    this.kill('SIGKILL');
    const late = setTimeout(() => void this.#thread.terminate(), END_MS).unref();
    await this.closed;
    clearTimeout(late);
    await this.#thread.terminate();
  }

  #order(order: ThreadOrder): void {
    this.#thread.postMessage(order);
  }

  #take(message: Exclude<FromThread, { type: 'closed' | 'unable' }>): void {
    if (message.type === 'started') this.onStart(message.pid);
    else if (message.type === 'said') this.onMessage(message.message);
    else if (message.type === 'complaint') this.#complain(message.text);
    else {
      const sent = this.#sends.shift();
      if (message.failure === undefined) sent?.resolve();
      else sent?.reject(new Error(message.failure));
    }
  }

  #complain(text: string): void {
    this.#complaint = (this.#complaint + text).slice(-MAX_COMPLAINT);
  }
}
