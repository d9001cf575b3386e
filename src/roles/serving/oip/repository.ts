import { KnownError } from '#kernel/errors.ts';
import type { RegistryApi } from '../../registry/api.ts';
import type { Deployments } from '../runtime/deployments.ts';
import type { LooseModels } from '../runtime/loose-models.ts';
import { fail } from './errors.ts';

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

/**
 * Loads a registered model, or brings a deployment to what its references name.
 * @param parameters names of what the caller gave beside
 * @throws REPOSITORY_OPERATION_FAILED
 */
export async function loadFromRepository(
  { loose }: Pick<RepositoryDeps, 'loose'>,
  name: string,
  parameters: readonly string[],
): Promise<void> {
  const foreign = parameters.find((given) => given === 'config' || given.startsWith('file:'));
  if (foreign !== undefined)
    throw fail.repositoryFailed({ action: 'load', name, reason: `parameter '${foreign}' is not supported: register the model instead` });
  try {
    await loose.load(name);
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    throw fail.repositoryFailed({ action: 'load', name, reason: error.message }, error);
  }
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
