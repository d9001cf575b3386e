import { SearchEvaluationDatasets } from '#contract/http/mlflow/evaluation-datasets.ts';
import { datasetGrammar } from '#contract/http/mlflow/search-grammars.ts';
import { checkedPageSize, checkedPlace, checkedSearch } from '#http/mlflow/input.ts';
import { datasetToWire } from '../../datasets/wire.ts';
import { checkExperimentId } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';
import { nextToken } from '../../wire.ts';

const MOST = 1000;

/** POST /api/3.0/mlflow/datasets/search */
export const searchEvaluationDatasets = trackingRoute({
  method: 'POST',
  path: '/mlflow/datasets/search',
  summary: 'Search evaluation datasets',
  access: 'viewer',
  input: SearchEvaluationDatasets,
  async handle({ datasets }, { experiment_ids, filter_string, order_by, max_results, page_token }) {
    const experiments = experiment_ids ?? [];
    experiments.forEach(checkExperimentId);
    const query = JSON.stringify(['datasets', experiments, filter_string ?? '', order_by ?? []]);
    const { items, next } = await datasets.search(experiments, {
      ...checkedSearch(filter_string, order_by, datasetGrammar),
      place: checkedPlace(page_token, query),
      limit: Math.min(checkedPageSize(max_results, MOST, 50_000), MOST),
      view: 'ALL',
    });
    return { ...(items.length > 0 ? { datasets: items.map(datasetToWire) } : {}), ...nextToken(next, query) };
  },
});
