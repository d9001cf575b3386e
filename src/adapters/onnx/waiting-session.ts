import { setTimeout as wait } from 'node:timers/promises';
import type { Session, TensorInfo, Tensors } from '#ports/inference.ts';
import type { ModelProcess } from './model-process.ts';

export interface Waiting {
  /** Where the model runs until more is known. */
  readonly process: ModelProcess;
  /** Tries it anew: where it belongs, or undefined where that could not be found out in time again. */
  readonly again: () => Promise<Session | 'apart' | undefined>;
  /** Pauses before each further trial, milliseconds; after the last one it stays where it is. */
  readonly pausesMs: readonly number[];
}

/** A model whose trial did not end in time, as on a machine that does too much else: it runs in a process of its own, and is tried again a few times. */
export class WaitingSession implements Session {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  note: string | undefined;
  readonly #parts: Waiting;
  readonly #stop = new AbortController();
  #now: Session;
  #askGrowth: ((bytes: number) => void) | undefined;
  #running = 0;

  constructor(parts: Waiting) {
    this.inputs = parts.process.inputs;
    this.outputs = parts.process.outputs;
    this.#parts = parts;
    this.#now = parts.process;
    void this.#tryAgain();
  }

  get isolated(): boolean {
    return this.#now.isolated;
  }

  get memoryBytes(): number {
    return this.#now.memoryBytes ?? 0;
  }

  get idleBytes(): number {
    return this.#now.idleBytes ?? 0;
  }

  shed(): void {
    this.#now.shed?.();
  }

  beforeGrowth(ask: (bytes: number) => void): void {
    this.#askGrowth = ask;
    this.#now.beforeGrowth?.(ask);
  }

  run(feeds: Tensors, outputs?: readonly string[]): Tensors | Promise<Tensors> {
    return this.#now === this.#parts.process ? this.#runApart(feeds, outputs) : this.#now.run(feeds, outputs);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    const { process } = this.#parts;
    await Promise.all([this.#now.close(), this.#now === process ? undefined : process.close()]);
  }

  async #runApart(feeds: Tensors, outputs?: readonly string[]): Promise<Tensors> {
    this.#running++;
    try {
      return await this.#parts.process.run(feeds, outputs);
    } finally {
      this.#running--;
      this.#leaveProcess();
    }
  }

  async #tryAgain(): Promise<void> {
    const { pausesMs } = this.#parts;
    const why = 'it runs in a process of its own, as a trial of larger runs did not end in time';
    for (const [i, pauseMs] of pausesMs.entries()) {
      this.note = `${why}; trial ${i + 2} of ${pausesMs.length + 1} comes at ${new Date(Date.now() + pauseMs).toISOString()}`;
      await wait(pauseMs, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
      if (this.#stop.signal.aborted) return;
      const found = await this.#parts.again().catch(() => undefined);
      if (found === undefined) continue;
      this.note = undefined;
      if (found !== 'apart') await this.#moveTo(found);
      return;
    }
    this.note = `${why}, ${pausesMs.length + 1} times; it is tried again when it is loaded again`;
  }

  async #moveTo(found: Session): Promise<void> {
    if (this.#stop.signal.aborted) return found.close();
    this.#now = found;
    if (this.#askGrowth) found.beforeGrowth?.(this.#askGrowth);
    this.#leaveProcess();
  }

  #leaveProcess(): void {
    const { process } = this.#parts;
    // What cannot be removed of it now is swept at the next start.
    if (this.#now !== process && this.#running === 0) process.close().catch(() => undefined);
  }
}
