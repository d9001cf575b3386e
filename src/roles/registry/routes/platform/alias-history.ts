import { AliasHistory } from '#contract/http/platform/registry.ts';
import { platformRoute } from '../../route.ts';

/** GET /api/v1/registry/alias-history?name=[&alias=] */
export const aliasHistory = platformRoute({
  method: 'GET',
  path: '/api/v1/registry/alias-history',
  summary: 'Every move of an alias, or of all aliases of a model, newest first: from, to, when, by whom and why',
  access: 'viewer',
  input: AliasHistory,
  handle: async ({ api, store }, { name, alias }) => ({
    items: await (alias === undefined ? store.modelMoves(name) : api.aliasHistory(name, alias)),
    next_cursor: null,
  }),
});
