import { ARTIFACT_CALLS } from '#contract/http/mlflow/graphql/calls.ts';
import { catalogue, type ErrorSpec } from '#kernel/errors.ts';
import type { ArtifactsApi } from '#roles/artifacts/api.ts';
import type { PeerClient } from './client.ts';
import { remoteMlflowCaller } from './mlflow-caller.ts';

const { fail } = catalogue({
  readOnly: {
    code: 'PEER_READ_ONLY',
    status: 501,
    message: ({ uri }) => `Files of another process are written through its proxy alone (mlflow-artifacts:/…), not to ${uri}.`,
  } satisfies ErrorSpec<{ uri: string }>,
  tooLarge: {
    code: 'ARTIFACT_TOO_LARGE',
    status: 413,
    message: ({ path, maxBytes }) => `${path} is larger than ${maxBytes} bytes.`,
  } satisfies ErrorSpec<{ path: string; maxBytes: number }>,
});

const PROXY = /^mlflow-artifacts:\/+(?!\/)(.+)$/u;
const UPLOAD_MS = 600_000;

/** The artifacts of another process; files are written where MLflow's clients may write them. */
export function remoteArtifacts(client: PeerClient): ArtifactsApi {
  const get = async (uri: string, path: string): Promise<AsyncIterable<Uint8Array>> => {
    const response = await client.bytes('/api/v1/artifacts/read', { query: { uri, path }, timeoutMs: 600_000 });
    return response.body as unknown as AsyncIterable<Uint8Array>;
  };
  return {
    mlflow: remoteMlflowCaller(client, ARTIFACT_CALLS),
    get,
    direct: async () => (await client.json<{ direct: boolean }>('GET', '/api/v1/artifacts/offers')).direct,
    put: async (uri, path, body) => {
      const root = PROXY.exec(uri)?.[1];
      if (root === undefined) throw fail.readOnly({ uri });
      const bytes = body instanceof Uint8Array ? body : Buffer.concat(await Array.fromAsync(body));
      const target = `${root}/${path}`.split('/').map(encodeURIComponent).join('/');
      await client.json('PUT', `/api/2.0/mlflow-artifacts/artifacts/${target}`, { bytes, timeoutMs: UPLOAD_MS });
      return bytes.length;
    },
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
