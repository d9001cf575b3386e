import { z } from 'zod';
import type { Route } from '#http/route.ts';
import type { ArtifactsDeps } from '../../route.ts';

const Nothing = z.object({});

/** GET /api/v1/artifacts/offers */
export const offers: Route<ArtifactsDeps, typeof Nothing> = {
  method: 'GET',
  path: '/api/v1/artifacts/offers',
  summary: 'Whether clients can reach the store by signed URLs, past this server',
  access: 'viewer',
  tag: 'cluster',
  input: Nothing,
  answer: z.object({ direct: z.boolean() }),
  handle: async ({ root }) => ({ direct: (await root.direct()) !== undefined }),
};
