import { SearchDatasets } from '#contract/http/mlflow/experiments.ts';
import { refuse } from '#http/mlflow/input.ts';
import { present } from '#http/mlflow/wire-values.ts';
import { checkExperimentId } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';

const MOST_EXPERIMENTS = 20;
const MOST_DATASETS = 1000;

/** POST /api/2.0/mlflow/experiments/search-datasets */
export const searchDatasets = trackingRoute({
  method: 'POST',
  path: '/mlflow/experiments/search-datasets',
  summary: 'Data sets that the runs of experiments read',
  access: 'viewer',
  input: SearchDatasets,
  async handle({ store }, { experiment_ids }) {
    if (!experiment_ids || experiment_ids.length === 0) throw refuse('SearchDatasets request must specify at least one experiment_id.');
    if (experiment_ids.length > MOST_EXPERIMENTS) {
      throw refuse(
        `SearchDatasets request cannot specify more than ${MOST_EXPERIMENTS} experiment_ids. Received ${experiment_ids.length} experiment_ids.`,
      );
    }
    experiment_ids.forEach(checkExperimentId);
    const found = await store.searchDatasets(experiment_ids, MOST_DATASETS);
    return found.length > 0 ? { dataset_summaries: found.map((summary) => present(summary)) } : {};
  },
});
