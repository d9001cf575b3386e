import { ModelReference, ResolvedVersionAnswer } from '#contract/http/platform/registry.ts';
import { platformRoute } from '../../route.ts';

/** GET /api/v1/registry/resolve?reference=models:/iris@production */
export const resolve = platformRoute({
  method: 'GET',
  path: '/api/v1/registry/resolve',
  summary: 'The version that a models:/ reference names at this moment',
  access: 'viewer',
  input: ModelReference,
  answer: ResolvedVersionAnswer,
  handle: ({ api }, { reference }) => api.resolve(reference),
});
