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
}

/** A model in this thread for runs of the sizes that were tried; larger ones, of which nobody knows what they take, go to a process of their own. */
export class BoundedSession implements Session {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly isolated = false;
  readonly #parts: Bounded;
  #away: Promise<ModelProcess> | undefined;
  #running = 0;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(parts: Bounded) {
    this.inputs = parts.here.inputs;
    this.outputs = parts.here.outputs;
    this.#parts = parts;
  }

  get memoryBytes(): number {
    return this.#parts.here.memoryBytes ?? 0;
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
    clearTimeout(this.#idle);
    this.#running++;
    try {
      this.#away ??= this.#parts.apart();
      const away = await this.#away.catch((error: unknown) => {
        this.#away = undefined;
        throw error;
      });
      return await away.run(feeds, outputs);
    } finally {
      this.#running--;
      // What cannot be removed of it now is swept at the next start.
      const end = (): void => void this.#end().catch(() => undefined);
      if (this.#running === 0) this.#idle = setTimeout(end, this.#isClosed ? 0 : IDLE_MS).unref();
    }
  }

  async #end(): Promise<void> {
    clearTimeout(this.#idle);
    const away = this.#away;
    this.#away = undefined;
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
