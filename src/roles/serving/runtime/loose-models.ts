import { KnownError } from '#kernel/errors.ts';
import type { RegistryApi } from '../../registry/api.ts';
import { fail } from '../errors.ts';
import { fail as oipFail } from '../oip/errors.ts';
import type { Deployments } from './deployments.ts';
import type { LiveModel } from './live-model.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { Target } from './predictor.ts';

/** Most versions in memory that no deployment serves; the one that was not asked for the longest goes first. */
const MAX_LOOSE = 8;

/** What a model name on the inference protocols means: a deployment, else a registered model; a version picks a version of it. */
export class LooseModels {
  readonly #deployments: Deployments;
  readonly #memory: MemoryBudget;
  readonly #registry: RegistryApi;
  readonly #loaded = new Map<string, Promise<LiveModel>>();
  /** Models that somebody unloaded by hand: they stay so until somebody loads them. */
  readonly #unloaded = new Set<string>();

  constructor(deployments: Deployments, registry: RegistryApi, memory: MemoryBudget) {
    this.#memory = memory;
    this.#deployments = deployments;
    this.#registry = registry;
  }

  /**
   * @param variant pins a variant of the deployment for a test
   * @throws MODEL_NOT_FOUND, MODEL_NOT_READY, MODEL_UNLOADED, VARIANT_UNKNOWN, and what loading throws
   */
  async find(name: string, version?: string, variant?: string): Promise<Target> {
    const deployment = this.#deployments.find(name);
    if (deployment && variant !== undefined && version === undefined) return { live: deployment.pinned(variant), shadows: [] };
    if (deployment && (version === undefined || deployment.primary.live?.model.version === version))
      return { live: deployment.livePrimary(), shadows: deployment.shadows };
    if (!deployment && this.#unloaded.has(name)) throw oipFail.unloaded({ name });
    const model = deployment?.primary.live?.model.name ?? name;
    return { live: await this.#loose(model, version ?? 'latest', { name, ...(version === undefined ? {} : { version }) }), shadows: [] };
  }

  /** Models in memory that no deployment serves. */
  async loaded(): Promise<LiveModel[]> {
    const settled = await Promise.allSettled(this.#loaded.values());
    return settled.flatMap((s) => (s.status === 'fulfilled' ? [s.value] : []));
  }

  get unloaded(): ReadonlySet<string> {
    return this.#unloaded;
  }

  /** Loads a registered model's latest version, or brings a deployment to what its references name. @throws what finding throws */
  async load(name: string): Promise<void> {
    this.#unloaded.delete(name);
    if (this.#deployments.find(name)) await this.#deployments.refresh();
    await this.find(name);
  }

  /** Takes a model out of memory, once its running requests are answered. @throws REPOSITORY_OPERATION_FAILED for deployments and unknown models */
  async unload(name: string): Promise<void> {
    const refuse = (reason: string) => oipFail.repositoryFailed({ action: 'unload', name, reason });
    if (this.#deployments.find(name)) throw refuse(`it is a deployment: DELETE /api/v1/deployments/${name} stops it`);
    const models = await this.#registry.listModels();
    if (!models.some((m) => m.name === name)) throw refuse('no such model');
    this.#unloaded.add(name);
    for (const [key, loading] of this.#loaded) {
      const live = await loading.catch(() => undefined);
      if (live?.model.name !== name) continue;
      this.#loaded.delete(key);
      await live.retire();
    }
  }

  async close(): Promise<void> {
    for (const live of this.#loaded.values()) await live.then((l) => l.retire()).catch(() => {});
  }

  async #loose(model: string, version: string, asked: { name: string; version?: string }): Promise<LiveModel> {
    const resolved = await this.#registry.resolve(`models:/${encodeURIComponent(model)}/${encodeURIComponent(version)}`).catch((error) => {
      if (error instanceof KnownError && error.spec.status < 500) throw fail.modelNotFound(asked, error);
      throw error;
    });
    const key = `${resolved.name}/${resolved.version}`;
    const found = this.#loaded.get(key);
    if (found) {
      this.#loaded.delete(key);
      this.#loaded.set(key, found);
      this.#memory.touch(await found);
      return found;
    }
    const loading = this.#deployments.loadLoose(resolved).then((live) => {
      live.evict = () => {
        if (this.#loaded.get(key) === loading) this.#loaded.delete(key);
        void live.retire();
      };
      return live;
    });
    this.#loaded.set(key, loading);
    loading.catch(() => this.#loaded.delete(key));
    this.#makeRoom();
    return loading;
  }

  #makeRoom(): void {
    for (const [key, live] of this.#loaded) {
      if (this.#loaded.size <= MAX_LOOSE) return;
      this.#loaded.delete(key);
      void live.then((l) => l.retire()).catch(() => {});
    }
  }
}
