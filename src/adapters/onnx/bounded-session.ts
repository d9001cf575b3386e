import type { Session, TensorInfo, Tensors } from '#ports/inference.ts';
import type { ModelProcess } from './model-process.ts';
import type { Sizes } from './sizes.ts';

/** After so long without a run the process for large ones is ended. */
const IDLE_MS = 60_000;

export interface Bounded {
  /** The model in this thread. */
  readonly here: Session;
  readonly sizes: readonly Sizes[];
  /** Starts a process with the model. */
  readonly apart: () => Promise<ModelProcess>;
  /** What that process takes, as far as is known before it runs, bytes. */
  readonly apartBytes: number;
}

/** A model in this thread for runs of the sizes that were tried; larger ones, of which nobody knows what they take, go to a process of their own. */
export class BoundedSession implements Session {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly isolated = false;
  readonly #parts: Bounded;
  #away: Promise<ModelProcess> | undefined;
  /** The same, once it runs. */
  #started: ModelProcess | undefined;
  #askGrowth: ((bytes: number) => void) | undefined;
  #running = 0;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(parts: Bounded) {
    this.inputs = parts.here.inputs;
    this.outputs = parts.here.outputs;
    this.#parts = parts;
  }

  get memoryBytes(): number {
    return (this.#parts.here.memoryBytes ?? 0) + this.#awayBytes;
  }

  get idleBytes(): number {
    return this.#running === 0 ? this.#awayBytes : 0;
  }

  shed(): void {
    if (this.#running === 0) this.#endQuietly();
  }

  beforeGrowth(ask: (bytes: number) => void): void {
    this.#askGrowth = ask;
  }

  get #awayBytes(): number {
    if (this.#away === undefined) return 0;
    return Math.max(this.#parts.apartBytes, this.#started?.memoryBytes ?? 0);
  }

  run(feeds: Tensors, outputs?: readonly string[]): Tensors | Promise<Tensors> {
    return this.#isTried(feeds) ? this.#parts.here.run(feeds, outputs) : this.#runAway(feeds, outputs);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#parts.here.close(), this.#end()]);
  }

  #isTried(feeds: Tensors): boolean {
    for (const sizes of this.#parts.sizes) if (isWithin(feeds, sizes)) return true;
    return false;
  }

  async #runAway(feeds: Tensors, outputs?: readonly string[]): Promise<Tensors> {
    if (this.#away === undefined) this.#askGrowth?.(this.#parts.apartBytes);
    clearTimeout(this.#idle);
    this.#running++;
    try {
      this.#away ??= this.#start();
      return await (await this.#away).run(feeds, outputs);
    } finally {
      this.#running--;
      if (this.#running === 0) this.#idle = setTimeout(() => this.#endQuietly(), this.#isClosed ? 0 : IDLE_MS).unref();
    }
  }

  #start(): Promise<ModelProcess> {
    const starting = this.#parts.apart();
    starting.then(
      (process) => {
        if (this.#away === starting) this.#started = process;
      },
      () => {
        if (this.#away === starting) this.#away = undefined;
      },
    );
    return starting;
  }

  /** What cannot be removed of it now is swept at the next start. */
  #endQuietly(): void {
    this.#end().catch(() => undefined);
  }

  async #end(): Promise<void> {
    clearTimeout(this.#idle);
    const away = this.#away;
    this.#away = undefined;
    this.#started = undefined;
    await (await away?.catch(() => undefined))?.close();
  }
}

function isWithin(feeds: Tensors, sizes: Sizes): boolean {
  for (const name in feeds) {
    const tried = sizes[name];
    const dims = feeds[name]?.dims;
    // The engine has a better sentence for inputs that are none.
    if (tried === undefined || dims === undefined || dims.length !== tried.length) continue;
    for (let i = 0; i < dims.length; i++) if ((dims[i] as number) > (tried[i] as number)) return false;
  }
  return true;
}
