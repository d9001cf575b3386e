import { bindRoutes } from '#http/route.ts';
import type { Blobs } from '#ports/blobs.ts';
import type { RunningRole } from '../define-role.ts';
import type { RegistryApi } from '../registry/api.ts';
import type { TrackingApi } from '../tracking/api.ts';
import type { ArtifactsApi } from './api.ts';
import { artifactsApi } from './api-in-process.ts';
import { blobFiles } from './blob-files.ts';
import type { Files } from './files.ts';
import { folderFiles } from './folder-files.ts';
import { locate } from './locations.ts';
import type { ArtifactsDeps } from './route.ts';
import { routes } from './routes.ts';

interface Context {
  readonly config: { readonly local_roots: readonly string[] };
  readonly ports: { readonly blobs: Blobs };
  readonly peers: { readonly tracking: TrackingApi; readonly registry: RegistryApi };
}

export async function start({ config, ports, peers }: Context): Promise<RunningRole<ArtifactsApi>> {
  const at = (uri: string): Files => {
    const location = locate(uri);
    return location.kind === 'blobs' ? blobFiles(ports.blobs, location.prefix) : folderFiles(location.path, config.local_roots);
  };
  const deps: ArtifactsDeps = { at, root: blobFiles(ports.blobs, ''), tracking: peers.tracking, registry: peers.registry };
  return { routes: bindRoutes(deps, routes), api: artifactsApi(at), stop: async () => {} };
}
