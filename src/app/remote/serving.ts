import { KnownError } from '#kernel/errors.ts';
import type { DeploymentView, ServingApi } from '#roles/serving/api.ts';
import type { PeerClient } from './client.ts';
import { remoteLog } from './log.ts';

/** The deployments of another process. */
export async function remoteServing(client: PeerClient): Promise<ServingApi> {
  const path = (name: string): string => `/api/v1/deployments/${encodeURIComponent(name)}`;
  return {
    log: await remoteLog(client),
    list: async () => (await client.json<{ items: DeploymentView[] }>('GET', '/api/v1/deployments')).items,
    get: async (name) => {
      try {
        return await client.json<DeploymentView>('GET', path(name));
      } catch (error) {
        if (error instanceof KnownError && error.spec.status === 404) return undefined;
        throw error;
      }
    },
    // The other process knows by the token who asks.
    put: (name, { isDefault, by: _, ...change }) =>
      client.json<DeploymentView>('PUT', path(name), {
        body: { ...change, ...(isDefault === undefined ? {} : { default: isDefault }) },
        timeoutMs: 120_000,
      }),
  };
}
