import { SearchRuns } from '#contract/http/mlflow/runs.ts';
import { runGrammar } from '#contract/http/mlflow/search-grammars.ts';
import { checkedPageSize, checkedPlace, checkedSearch } from '#http/mlflow/input.ts';
import type { View } from '../../entities.ts';
import { checkExperimentId } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';
import { listAnswer } from '../list-answer.ts';

const RUNS_AT_ONCE = 1000;

/** POST /api/2.0/mlflow/runs/search */
export const searchRuns = trackingRoute({
  method: 'POST',
  path: '/mlflow/runs/search',
  summary: 'Search runs by metrics, parameters, tags, attributes and data sets',
  access: 'viewer',
  input: SearchRuns,
  async handle({ store }, { experiment_ids, filter, run_view_type, max_results, order_by, page_token }, { mostCharacters }) {
    const limit = checkedPageSize(max_results, 1000, 50_000);
    const experiments = experiment_ids ?? [];
    experiments.forEach(checkExperimentId);
    const search = checkedSearch(filter, order_by, runGrammar);
    const view = (run_view_type ?? 'ACTIVE_ONLY') as View;
    const query = JSON.stringify(['runs', experiments, filter ?? '', order_by ?? [], view]);
    return listAnswer({
      field: 'runs',
      limit,
      place: checkedPlace(page_token, query),
      query,
      slice: RUNS_AT_ONCE,
      ...(mostCharacters === undefined ? {} : { mostCharacters }),
      read: (most, place) => store.searchRunsJson(experiments, { ...search, place, limit: most, view }),
    });
  },
});
