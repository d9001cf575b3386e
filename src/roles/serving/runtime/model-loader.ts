import type { ResolvedVersion } from '../../registry/api.ts';
import { keyOf } from '../cache/cache-folder.ts';
import type { ModelCache, Told } from '../cache/model-cache.ts';
import { type LoadDeps, type LoadedModel, loadModel } from '../model/load.ts';
import type { Holder, MemoryBudget } from './memory-budget.ts';

/** What a model is to be loaded for. */
export type Wanted = Pick<Holder, 'deployment' | 'use'>;

export interface ModelLoaderDeps extends LoadDeps {
  /** What is deployed, also while the registry or the store does not answer. */
  readonly cache: ModelCache;
  readonly memory: MemoryBudget;
}

/** Brings models into memory as far as there is room for them. */
export class ModelLoader {
  readonly #deps: ModelLoaderDeps;

  constructor(deps: ModelLoaderDeps) {
    this.#deps = deps;
  }

  /** A deployed version, whose files are kept. @throws MODEL_MEMORY_EXCEEDED, and what loading throws */
  deployed(resolved: ResolvedVersion, wanted: Wanted): Promise<Told<LoadedModel>> {
    const load = () => this.#deps.cache.load(resolved, (artifacts) => loadModel({ ...this.#deps, artifacts }, resolved));
    return this.#admitted(resolved, wanted, load);
  }

  /** A version that is only asked for by name and number. @throws MODEL_MEMORY_EXCEEDED, and what loading throws */
  async loose(resolved: ResolvedVersion): Promise<LoadedModel> {
    const load = async () => ({ value: await loadModel(this.#deps, resolved) });
    return (await this.#admitted(resolved, { deployment: resolved.name, use: 'loose' }, load)).value;
  }

  async #admitted(resolved: ResolvedVersion, wanted: Wanted, load: () => Promise<Told<LoadedModel>>): Promise<Told<LoadedModel>> {
    const { memory } = this.#deps;
    memory.check(keyOf(resolved), wanted);
    const loaded = await load();
    try {
      memory.admit(loaded.value, wanted);
      return loaded;
    } catch (error) {
      await loaded.value.session.close();
      throw error;
    }
  }
}
