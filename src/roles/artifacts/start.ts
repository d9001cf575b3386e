import { ARTIFACT_CALLS } from '#contract/http/mlflow/graphql/calls.ts';
import { mlflowCaller } from '#http/mlflow/caller.ts';
import { bindRoutes } from '#http/route.ts';
import type { BlobPlaces, Blobs } from '#ports/blobs.ts';
import type { RunningRole } from '../define-role.ts';
import type { RegistryApi } from '../registry/api.ts';
import type { TrackingApi } from '../tracking/api.ts';
import type { ArtifactsApi } from './api.ts';
import { artifactsApi } from './api-in-process.ts';
import { blobFiles } from './blob-files.ts';
import { type Files, lazyFiles } from './files.ts';
import { folderFiles } from './folder-files.ts';
import { localFolder, locate, placeOf } from './locations.ts';
import type { ArtifactsDeps } from './route.ts';
import { routes } from './routes.ts';

interface Context {
  readonly config: ArtifactsConfig;
  readonly ports: { readonly blobs: Blobs; readonly blobPlaces: BlobPlaces };
  readonly peers: { readonly tracking: TrackingApi; readonly registry: RegistryApi };
}

interface ArtifactsConfig {
  readonly local_roots: readonly string[];
  readonly default_root: string;
  readonly signed_upload_seconds: number;
  readonly signed_download_seconds: number;
}

export async function start({ config, ports, peers }: Context): Promise<RunningRole<ArtifactsApi>> {
  const at = filesAt(config, ports);
  const signedSeconds = { upload: config.signed_upload_seconds, download: config.signed_download_seconds };
  const deps: ArtifactsDeps = { at, root: blobFiles(ports.blobs, ''), tracking: peers.tracking, registry: peers.registry, signedSeconds };
  const bound = bindRoutes(deps, routes);
  return { routes: bound, api: artifactsApi(deps, mlflowCaller(bound, ARTIFACT_CALLS)), stop: async () => {} };
}

/** Leads an artifact URI to its files: only those of the blob store, and those below a root that the configuration names. */
function filesAt(config: ArtifactsConfig, { blobs, blobPlaces }: Context['ports']): (uri: string) => Files {
  const named = [...config.local_roots, ...(config.default_root === '' ? [] : [config.default_root])];
  const folders = named.map(localFolder).filter((folder) => folder !== undefined);
  return (uri) => {
    const location = locate(uri);
    if (location.kind === 'blobs') return blobFiles(blobs, location.prefix);
    if (location.kind === 'folder') return folderFiles(location.path, folders);
    const { root, prefix } = placeOf(location.uri, [blobs.root, ...named]);
    if (root === blobs.root) return blobFiles(blobs, prefix);
    return lazyFiles(async () => blobFiles(await blobPlaces.at(root), prefix));
  };
}
