import { fail } from '../errors.ts';
import type { ServingMetrics } from '../metrics.ts';
import type { LoadedModel } from '../model/load.ts';

/** What a model is in memory for, the most needed first. */
export type Use = 'primary' | 'shadow' | 'loose';
const USES: readonly Use[] = ['primary', 'shadow', 'loose'];

/** Something that holds a model and can let go of it. */
export interface Holder {
  readonly model: LoadedModel;
  /** Name of the deployment, or of the model where it has none. */
  readonly deployment: string;
  readonly use: Use;
  /** Takes the model out of memory; absent where it must stay. */
  evict?: () => void;
}

/** A forest of 27.6 MB takes 318 MB in onnxruntime 1.30; smaller files take a little more per byte. */
const BYTES_PER_FILE_BYTE = 12;
const BYTES_PER_MODEL = 256 * 1024;
/** A process with scikit-learn in it. */
const BYTES_PER_PYTHON = 180 * 2 ** 20;

/** Memory of a model in bytes: as measured when it was tried, else guessed from its file. */
export function memoryOf({ session, bytes, engine }: Pick<LoadedModel, 'session' | 'bytes' | 'engine'>): number {
  if (engine === 'python') return BYTES_PER_PYTHON + bytes;
  return session.memoryBytes ?? bytes * BYTES_PER_FILE_BYTE + BYTES_PER_MODEL;
}

/**
 * Keeps models within `serving.memory_bytes`: what no deployment's primary needs goes, first versions that were only asked for by number, the one that was
 * not used for the longest first, then shadows. What it says of memory is what was measured or guessed per model, not what the process takes.
 */
export class MemoryBudget {
  readonly #limit: number;
  readonly #metrics: ServingMetrics;
  /** In order of last use. */
  readonly #held = new Set<Holder>();
  /** What versions took, so that one that does not fit is not loaded to find that out again. */
  readonly #known = new Map<string, number>();

  /** @param limitBytes 0 for none */
  constructor(limitBytes: number, metrics: ServingMetrics) {
    this.#limit = limitBytes === 0 ? Number.POSITIVE_INFINITY : limitBytes;
    this.#metrics = metrics;
    this.#show();
  }

  /** For a version that was in memory before. @throws MODEL_MEMORY_EXCEEDED */
  check(key: string, wanted: Pick<Holder, 'use' | 'deployment'>): void {
    const bytes = this.#known.get(key);
    if (bytes !== undefined) this.#refuse(key, bytes, wanted);
  }

  /** Makes room for a model that was just loaded. @throws MODEL_MEMORY_EXCEEDED when nothing that may go is enough */
  admit(model: LoadedModel, wanted: Pick<Holder, 'use' | 'deployment'>): void {
    const key = `${model.name}/${model.version}`;
    const bytes = memoryOf(model);
    if (this.#limit !== Number.POSITIVE_INFINITY) this.#known.set(key, bytes);
    this.#refuse(key, bytes, wanted);
    for (const use of ['loose', 'shadow'] as const) {
      if (use === wanted.use && use !== 'loose') return;
      for (const holder of [...this.#held]) {
        if (this.#sum(USES, wanted) + bytes <= this.#limit) return;
        if (holder.use !== use || !holder.evict) continue;
        this.#metrics.evicted(use);
        this.release(holder);
        holder.evict();
      }
    }
  }

  hold(holder: Holder): void {
    this.#held.add(holder);
    this.#show();
  }

  touch(holder: Holder): void {
    if (this.#held.delete(holder)) this.#held.add(holder);
  }

  release(holder: Holder): void {
    if (this.#held.delete(holder)) this.#show();
  }

  #refuse(model: string, bytes: number, wanted: Pick<Holder, 'use' | 'deployment'>): void {
    const stays = this.#sum(wanted.use === 'primary' ? ['primary'] : ['primary', 'shadow'], wanted);
    if (stays + bytes > this.#limit) throw fail.memoryExceeded({ model, bytes, stays, limit: this.#limit });
  }

  /** Bytes of all that stays when the wanted one takes the place of its predecessor. */
  #sum(uses: readonly Use[], wanted: Pick<Holder, 'use' | 'deployment'>): number {
    let sum = 0;
    for (const { model, use, deployment } of this.#held) {
      const isReplaced = use !== 'loose' && use === wanted.use && deployment === wanted.deployment;
      if (uses.includes(use) && !isReplaced) sum += memoryOf(model);
    }
    return sum;
  }

  #show(): void {
    for (const use of USES) {
      let sum = 0;
      for (const holder of this.#held) if (holder.use === use) sum += memoryOf(holder.model);
      this.#metrics.memory(use, sum);
    }
  }
}
