import { ReadArtifact } from '#contract/http/platform/artifacts.ts';
import type { Route } from '#http/route.ts';
import { type ArtifactsDeps, download } from '../../route.ts';

/** GET /api/v1/artifacts/read?uri=&path= */
export const read: Route<ArtifactsDeps, typeof ReadArtifact> = {
  method: 'GET',
  path: '/api/v1/artifacts/read',
  summary: 'Read a file below an artifact URI',
  access: 'viewer',
  tag: 'artifacts',
  input: ReadArtifact,
  handle: ({ at }, { uri, path }) => download(at(uri), path),
};
