import { SearchRegisteredModels } from '#contract/http/mlflow/registry/models.ts';
import { registeredModelGrammar } from '#contract/http/mlflow/search-grammars.ts';
import { checkedPlace, checkedSearch, refuse } from '#http/mlflow/input.ts';
import { registryRoute } from '../../route.ts';
import { modelToWire, nextToken } from '../../wire.ts';
import { asksForPrompts } from '../prompts.ts';

const MOST = 1000;

/** GET /api/2.0/mlflow/registered-models/search */
export const searchModels = registryRoute({
  method: 'GET',
  path: '/mlflow/registered-models/search',
  summary: 'Search registered models',
  access: 'viewer',
  input: SearchRegisteredModels,
  async handle({ store }, { filter, order_by, max_results, page_token }) {
    const limit = max_results ?? 100;
    if (limit < 1) throw refuse(`Invalid value for max_results. It must be a positive integer, but got ${limit}`);
    if (limit > MOST) throw refuse(`Invalid value for request parameter max_results. It must be at most ${MOST}, but got value ${limit}`);
    const search = checkedSearch(filter, order_by, registeredModelGrammar);
    const query = JSON.stringify(['registered-models', filter ?? '', order_by ?? []]);
    const { items, next } = await store.searchModels({
      ...search,
      place: checkedPlace(page_token, query),
      limit,
      prompts: asksForPrompts(search.filter),
    });
    return { ...(items.length > 0 ? { registered_models: items.map(modelToWire) } : {}), ...nextToken(next, query) };
  },
});
