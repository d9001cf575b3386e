import { MoveAlias } from '#contract/http/platform/registry.ts';
import { platformRoute } from '../../route.ts';

/** POST /api/v1/registry/alias */
export const moveAlias = platformRoute({
  method: 'POST',
  path: '/api/v1/registry/alias',
  summary: 'Point an alias at a version, with who and why',
  access: 'editor',
  input: MoveAlias,
  handle: ({ api }, { by, reason, ...at }, { principal }) => api.setAlias({ ...at, by: by ?? principal.id, reason: reason ?? '' }),
});
