import type { RegistryApi } from '../../registry/api.ts';
import type { Deployments } from '../runtime/deployments.ts';
import type { LooseModels } from '../runtime/loose-models.ts';

export interface IndexEntry {
  readonly name: string;
  readonly version?: string;
  readonly state: 'READY' | 'UNAVAILABLE' | 'LOADING';
  readonly reason: string;
}

export interface RepositoryDeps {
  readonly deployments: Deployments;
  readonly loose: LooseModels;
  readonly registry: RegistryApi;
}

/** Everything that a model name may mean: deployments, versions in memory, and registered models that are loaded when first asked for. */
export async function repositoryIndex({ deployments, loose, registry }: RepositoryDeps, readyOnly: boolean): Promise<IndexEntry[]> {
  const entries: IndexEntry[] = deployments.all().map(({ name, primary }) => {
    if (primary.live) return { name, version: primary.live.model.version, state: 'READY', reason: '' };
    return { name, state: primary.state === 'loading' ? 'LOADING' : 'UNAVAILABLE', reason: primary.error ?? '' };
  });
  for (const { model } of await loose.loaded()) entries.push({ name: model.name, version: model.version, state: 'READY', reason: '' });
  const known = new Set(entries.map((e) => e.name));
  for (const { name, versions } of await registry.listModels()) {
    if (known.has(name) || versions === 0) continue;
    const reason = loose.unloaded.has(name) ? 'unloaded' : 'loaded when it is first asked for';
    entries.push({ name, state: 'UNAVAILABLE', reason });
  }
  return readyOnly ? entries.filter((e) => e.state === 'READY') : entries;
}
