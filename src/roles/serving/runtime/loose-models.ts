import { KnownError } from '#kernel/errors.ts';
import type { RegistryApi } from '../../registry/api.ts';
import { fail } from '../errors.ts';
import type { Deployments } from './deployments.ts';
import type { LiveModel } from './live-model.ts';

/** Most versions in memory that no deployment serves; the one that was not asked for the longest goes first. */
const MAX_LOOSE = 8;

/** What a model name on the inference protocols means: a deployment, else a registered model; a version picks a version of it. */
export interface Target {
  readonly live: LiveModel;
  readonly shadows: readonly LiveModel[];
}

export class LooseModels {
  readonly #deployments: Deployments;
  readonly #registry: RegistryApi;
  readonly #loaded = new Map<string, Promise<LiveModel>>();

  constructor(deployments: Deployments, registry: RegistryApi) {
    this.#deployments = deployments;
    this.#registry = registry;
  }

  /** @throws MODEL_NOT_FOUND, MODEL_NOT_READY, and what loading throws */
  async find(name: string, version?: string): Promise<Target> {
    const deployment = this.#deployments.find(name);
    if (deployment && (version === undefined || deployment.primary.live?.model.version === version))
      return { live: deployment.livePrimary(), shadows: deployment.shadows };
    const model = deployment?.primary.live?.model.name ?? name;
    return { live: await this.#loose(model, version ?? 'latest', { name, ...(version === undefined ? {} : { version }) }), shadows: [] };
  }

  async close(): Promise<void> {
    for (const live of this.#loaded.values()) await live.then((l) => l.retire()).catch(() => {});
  }

  async #loose(model: string, version: string, asked: { name: string; version?: string }): Promise<LiveModel> {
    const resolved = await this.#registry.resolve(`models:/${encodeURIComponent(model)}/${version}`).catch((error) => {
      if (error instanceof KnownError && error.spec.status < 500) throw fail.modelNotFound(asked, error);
      throw error;
    });
    const key = `${resolved.name}/${resolved.version}`;
    const found = this.#loaded.get(key);
    if (found) {
      this.#loaded.delete(key);
      this.#loaded.set(key, found);
      return found;
    }
    const loading = this.#deployments.loadLoose(resolved);
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
