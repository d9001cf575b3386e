import { traceGrammar } from '#contract/http/mlflow/search-grammars.ts';
import { SearchTraces } from '#contract/http/mlflow/traces.ts';
import { checkedPageSize, checkedPlace, checkedSearch } from '#http/mlflow-input.ts';
import { checkExperimentId } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';
import { traceToWire } from '../../trace-wire.ts';
import { nextToken } from '../../wire.ts';

/** POST /api/3.0/mlflow/traces/search */
export const searchTraces = trackingRoute({
  method: 'POST',
  path: '/mlflow/traces/search',
  summary: 'Search traces of experiments',
  access: 'viewer',
  input: SearchTraces,
  async handle({ store }, { locations, filter, order_by, max_results, page_token }) {
    const experiments = (locations ?? []).map(({ mlflow_experiment }) => mlflow_experiment.experiment_id);
    experiments.forEach(checkExperimentId);
    const limit = checkedPageSize(max_results, 100, 50_000);
    const query = JSON.stringify(['traces', experiments, filter ?? '', order_by ?? []]);
    const search = {
      ...checkedSearch(filter, order_by, traceGrammar),
      place: checkedPlace(page_token, query),
      limit,
      view: 'ALL',
    } as const;
    const { items, next } = await store.searchTraces(experiments, search);
    return { ...(items.length > 0 ? { traces: items.map(traceToWire) } : {}), ...nextToken(next, query) };
  },
});
