import type { ArtifactsApi } from './api.ts';
import { fail } from './errors.ts';
import { safeFilePath, safePath } from './paths.ts';
import type { ArtifactsDeps } from './route.ts';

/** What other roles call. */
export function artifactsApi({ at, root }: Pick<ArtifactsDeps, 'at' | 'root'>, mlflow: ArtifactsApi['mlflow']): ArtifactsApi {
  const open = async (uri: string, path: string) => {
    const found = await at(uri).open(safeFilePath(path));
    if (!found) throw fail.notFound({ path, uri });
    return found;
  };
  return {
    mlflow,
    direct: async () => (await root.direct()) !== undefined,
    put: async (uri, path, body) => {
      const isWhole = body instanceof Uint8Array;
      return at(uri).put(safeFilePath(path), isWhole ? once(body) : body, isWhole ? body.length : undefined);
    },
    get: async (uri, path) => (await open(uri, path)).body,
    read: async (uri, path, maxBytes) => {
      const { size, body } = await open(uri, path);
      if (size > maxBytes) throw fail.tooLarge({ path, maxBytes });
      return Buffer.concat(await Array.fromAsync(body));
    },
    list: async (uri, path) => at(uri).list(safePath(path ?? '')),
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
