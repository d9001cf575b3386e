import { ListArtifacts } from '#contract/http/platform/artifacts.ts';
import type { Route } from '#http/route.ts';
import { safePath } from '../../paths.ts';
import type { ArtifactsDeps } from '../../route.ts';

/** GET /api/v1/artifacts/list?uri=&path= */
export const listing: Route<ArtifactsDeps, typeof ListArtifacts> = {
  method: 'GET',
  path: '/api/v1/artifacts/list',
  summary: 'Files and folders directly below an artifact URI',
  access: 'viewer',
  tag: 'artifacts',
  input: ListArtifacts,
  handle: async ({ at }, { uri, path }) => ({ items: await at(uri).list(safePath(path ?? '')), next_cursor: null }),
};
