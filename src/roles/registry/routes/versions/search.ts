import { SearchModelVersions } from '#contract/http/mlflow/registry/models.ts';
import { modelVersionGrammar } from '#contract/http/mlflow/search-grammars.ts';
import { checkedPlace, checkedSearch, refuse } from '#http/mlflow/input.ts';
import { registryRoute } from '../../route.ts';
import { nextToken, versionToWire } from '../../wire.ts';
import { asksForPrompts } from '../prompts.ts';

const MOST = 200_000;

/** GET /api/2.0/mlflow/model-versions/search */
export const searchVersions = registryRoute({
  method: 'GET',
  path: '/mlflow/model-versions/search',
  summary: 'Search model versions',
  access: 'viewer',
  input: SearchModelVersions,
  async handle({ store }, { filter, order_by, max_results, page_token }) {
    const limit = max_results ?? MOST;
    if (limit < 1) throw refuse(`Invalid value for max_results. It must be a positive integer, but got ${limit}`);
    if (limit > MOST) throw refuse(`Invalid value for request parameter max_results. It must be at most ${MOST}, but got value ${limit}`);
    const search = checkedSearch(filter, order_by, modelVersionGrammar);
    const query = JSON.stringify(['model-versions', filter ?? '', order_by ?? []]);
    const { items, next } = await store.searchVersions({
      ...search,
      place: checkedPlace(page_token, query),
      limit,
      prompts: asksForPrompts(search.filter),
    });
    return { ...(items.length > 0 ? { model_versions: items.map(versionToWire) } : {}), ...nextToken(next, query) };
  },
});
