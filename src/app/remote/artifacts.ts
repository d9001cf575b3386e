import { ARTIFACT_CALLS } from '#contract/http/mlflow/graphql/calls.ts';
import { catalogue, type ErrorSpec } from '#kernel/errors.ts';
import type { ArtifactsApi } from '#roles/artifacts/api.ts';
import type { PeerClient } from './client.ts';
import { remoteMlflowCaller } from './mlflow-caller.ts';

const { fail } = catalogue({
  readOnly: {
    code: 'PEER_READ_ONLY',
    status: 501,
    message: () => 'Artifacts of another process can be read, not written, from here.',
  } satisfies ErrorSpec<Record<string, never>>,
  tooLarge: {
    code: 'ARTIFACT_TOO_LARGE',
    status: 413,
    message: ({ path, maxBytes }) => `${path} is larger than ${maxBytes} bytes.`,
  } satisfies ErrorSpec<{ path: string; maxBytes: number }>,
});

/** The artifacts of another process, to read. */
export function remoteArtifacts(client: PeerClient): ArtifactsApi {
  const get = async (uri: string, path: string): Promise<AsyncIterable<Uint8Array>> => {
    const response = await client.bytes('/api/v1/artifacts/read', { query: { uri, path }, timeoutMs: 600_000 });
    return response.body as unknown as AsyncIterable<Uint8Array>;
  };
  return {
    mlflow: remoteMlflowCaller(client, ARTIFACT_CALLS),
    get,
    direct: async () => (await client.json<{ direct: boolean }>('GET', '/api/v1/artifacts/offers')).direct,
    put: () => Promise.reject(fail.readOnly({})),
    list: async (uri, path) =>
      (await client.json<{ items: Awaited<ReturnType<ArtifactsApi['list']>> }>('GET', '/api/v1/artifacts/list', { query: { uri, path } }))
        .items,
    read: async (uri, path, maxBytes) => {
      const parts: Uint8Array[] = [];
      let size = 0;
      for await (const part of await get(uri, path)) {
        size += part.length;
        if (size > maxBytes) throw fail.tooLarge({ path, maxBytes });
        parts.push(part);
      }
      return Buffer.concat(parts);
    },
  };
}
