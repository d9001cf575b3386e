import { SearchRuns } from '#contract/http/mlflow/runs.ts';
import { runGrammar } from '#contract/http/mlflow/search-grammars.ts';
import { checkedPageSize, checkedPlace, checkedSearch } from '#http/mlflow-input.ts';
import type { View } from '../../entities.ts';
import { checkExperimentId } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';
import { nextToken, runToWire } from '../../wire.ts';

/** POST /api/2.0/mlflow/runs/search */
export const searchRuns = trackingRoute({
  method: 'POST',
  path: '/mlflow/runs/search',
  summary: 'Search runs by metrics, parameters, tags, attributes and data sets',
  access: 'viewer',
  input: SearchRuns,
  async handle({ store }, { experiment_ids, filter, run_view_type, max_results, order_by, page_token }) {
    const limit = checkedPageSize(max_results, 1000, 50_000);
    const experiments = experiment_ids ?? [];
    experiments.forEach(checkExperimentId);
    const search = checkedSearch(filter, order_by, runGrammar);
    const view = (run_view_type ?? 'ACTIVE_ONLY') as View;
    const query = JSON.stringify(['runs', experiments, filter ?? '', order_by ?? [], view]);
    const { items, next } = await store.searchRuns(experiments, { ...search, place: checkedPlace(page_token, query), limit, view });
    return { ...(items.length > 0 ? { runs: items.map((run) => runToWire(run, false)) } : {}), ...nextToken(next, query) };
  },
});
