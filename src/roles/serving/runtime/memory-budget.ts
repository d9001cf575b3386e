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

/** Memory of a model in bytes: as measured when it was tried, with the processes of its own that run now, else guessed from its file. */
export function memoryOf({ session, bytes, engine }: Pick<LoadedModel, 'session' | 'bytes' | 'engine'>): number {
  if (engine === 'python') return BYTES_PER_PYTHON + bytes;
  return session.memoryBytes ?? bytes * BYTES_PER_FILE_BYTE + BYTES_PER_MODEL;
}

/**
 * Keeps models within `serving.memory_bytes`: first processes go in which nothing runs, then what no deployment's primary needs, versions that were only
 * asked for by number, the one that was not used for the longest first, then shadows. What it says of memory is what was measured or guessed per model,
 * not what the process takes.
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
    // Processes of models come and go between two loads.
    metrics.registry.onScrape(() => this.#show());
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
    this.#makeRoom(() => this.#sum(USES, wanted) + bytes <= this.#limit, wanted);
  }

  /** Makes room for a process that a model in memory needs for a run. @throws RUN_MEMORY_EXCEEDED when nothing that may go is enough */
  grow(holder: Holder, bytes: number): void {
    const total = (): number => this.#sum(USES) + bytes;
    const stays = this.#sum(staying(holder.use), undefined, 'least') + bytes + (holder.use === 'loose' ? leastOf(holder.model) : 0);
    const { name, version } = holder.model;
    if (stays > this.#limit) throw fail.runMemoryExceeded({ model: `${name}/${version}`, bytes, stays: stays - bytes, limit: this.#limit });
    this.#makeRoom(() => total() <= this.#limit, holder);
  }

  #makeRoom(isEnough: () => boolean, { use: wanted, ...rest }: Pick<Holder, 'use'> & Partial<Holder>): void {
    for (const { model } of [...this.#held]) {
      if (isEnough()) return;
      model.session.shed?.();
    }
    for (const use of ['loose', 'shadow'] as const) {
      if (use === wanted && use !== 'loose') return;
      for (const holder of [...this.#held]) {
        if (isEnough()) return;
        if (holder.use !== use || !holder.evict || holder.model === rest.model) continue;
        this.#metrics.evicted(use);
        this.release(holder);
        holder.evict();
      }
    }
  }

  hold(holder: Holder): void {
    this.#held.add(holder);
    holder.model.session.beforeGrowth?.((bytes) => this.grow(holder, bytes));
  }

  touch(holder: Holder): void {
    if (this.#held.delete(holder)) this.#held.add(holder);
  }

  release(holder: Holder): void {
    this.#held.delete(holder);
  }

  #refuse(model: string, bytes: number, wanted: Pick<Holder, 'use' | 'deployment'>): void {
    const stays = this.#sum(staying(wanted.use), wanted, 'least');
    if (stays + bytes > this.#limit) throw fail.memoryExceeded({ model, bytes, stays, limit: this.#limit });
  }

  /** Bytes of models in memory. @param wanted takes the place of its predecessor, which does not count. @param how `least`: what they cannot do without */
  #sum(uses: readonly Use[], wanted?: Pick<Holder, 'use' | 'deployment'>, how: 'all' | 'least' = 'all'): number {
    let sum = 0;
    for (const { model, use, deployment } of this.#held) {
      const isReplaced = use !== 'loose' && use === wanted?.use && deployment === wanted.deployment;
      if (uses.includes(use) && !isReplaced) sum += how === 'all' ? memoryOf(model) : leastOf(model);
    }
    return sum;
  }

  #show(): void {
    for (const use of USES) this.#metrics.memory(use, this.#sum([use]));
  }
}

/** What is never put out for a model of that use. */
const staying = (use: Use): readonly Use[] => (use === 'primary' ? ['primary'] : ['primary', 'shadow']);

const leastOf = (model: LoadedModel): number => memoryOf(model) - (model.session.idleBytes ?? 0);
