import { ApiError, get, Unreachable } from '../request.ts';

/** A file or folder below an artifact URI. `path` starts at the URI. */
export interface ArtifactFile {
  readonly path: string;
  readonly is_dir: boolean;
  readonly file_size: number | null;
}

export const listArtifacts = async (uri: string, path: string, signal?: AbortSignal): Promise<readonly ArtifactFile[]> =>
  (await get<{ items: readonly ArtifactFile[] }>('/api/v1/artifacts/list', { uri, path }, signal)).items;

/** Address of a file's bytes. */
export const artifactHref = (uri: string, path: string): string => `/api/v1/artifacts/read?${new URLSearchParams({ uri, path })}`;

export interface Head {
  readonly text: string;
  /** Whether there is more than this. */
  readonly isCut: boolean;
}

/** The beginning of a text file; the rest is not fetched. @throws ApiError, Unreachable */
export async function readHead(uri: string, path: string, most: number): Promise<Head> {
  const giveUp = new AbortController();
  const response = await fetch(artifactHref(uri, path), { signal: giveUp.signal }).catch((error: unknown) => {
    throw new Unreachable(error);
  });
  if (!response.ok || !response.body) throw new ApiError(response.status, await response.json().catch(() => ({})));
  const reader = response.body.getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let size = 0; size < most; ) {
    const { done, value } = await reader.read();
    if (done) return { text: await new Blob(parts).text(), isCut: false };
    parts.push(value);
    size += value.length;
  }
  giveUp.abort();
  return { text: (await new Blob(parts).slice(0, most).text()).replace(/\uFFFD+$/u, ''), isCut: true };
}
