import { AwaitChanges } from '#contract/http/platform/registry.ts';
import { platformRoute } from '../../route.ts';

/** GET /api/v1/registry/changes?since=&timeout_ms=: a long poll. */
export const awaitChanges = platformRoute({
  method: 'GET',
  path: '/api/v1/registry/changes',
  summary: 'Wait until the registry has changed',
  access: 'viewer',
  input: AwaitChanges,
  handle: async ({ changes }, { since, timeout_ms }, { signal }) => ({ revision: await changes.waitFor(since, timeout_ms, signal) }),
});
