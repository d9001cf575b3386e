import { REGISTRY_CALLS } from '#contract/http/mlflow/graphql/calls.ts';
import type { AliasChange, AliasMove, NewVersion, RegistryApi, ResolvedVersion } from '#roles/registry/api.ts';
import type { PeerClient } from './client.ts';
import { remoteMlflowCaller } from './mlflow-caller.ts';

/** The registry of another process. */
export function remoteRegistry(client: PeerClient): RegistryApi {
  const changes = (since: number, timeoutMs: number, signal?: AbortSignal): Promise<{ revision: number }> =>
    client.json('GET', '/api/v1/registry/changes', {
      query: { since, timeout_ms: timeoutMs },
      timeoutMs: timeoutMs + 10_000,
      ...(signal ? { signal } : {}),
    });
  return {
    mlflow: remoteMlflowCaller(client, REGISTRY_CALLS),
    ensureModel: async (name, description = '') => {
      await client.json('POST', '/api/v1/registry/models', { body: { name, description } });
    },
    createVersion: (version: NewVersion) => client.json<{ version: string }>('POST', '/api/v1/registry/versions', { body: version }),
    resolve: (reference) => client.json<ResolvedVersion>('GET', '/api/v1/registry/resolve', { query: { reference } }),
    setAlias: (move: AliasMove) => client.json<{ from: string | null; to: string }>('POST', '/api/v1/registry/alias', { body: move }),
    aliasHistory: async (name, alias) =>
      (await client.json<{ items: AliasChange[] }>('GET', '/api/v1/registry/alias-history', { query: { name, alias } })).items,
    revision: async () => (await changes(-1, 0)).revision,
    waitForChange: async (since, timeoutMs, signal) => (await changes(since, timeoutMs, signal)).revision,
    listModels: async () =>
      (await client.json<{ items: Awaited<ReturnType<RegistryApi['listModels']>> }>('GET', '/api/v1/registry/models')).items,
  };
}
