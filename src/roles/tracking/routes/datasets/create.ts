import { CreateDataset } from '#contract/http/mlflow/evaluation-datasets.ts';
import { randomHex } from '#kernel/ids.ts';
import { datasetToWire, tagsOfText } from '../../datasets/wire.ts';
import { checkExperimentId } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';

/** POST /api/3.0/mlflow/datasets/create */
export const createDataset = trackingRoute({
  method: 'POST',
  path: '/mlflow/datasets/create',
  summary: 'Create an evaluation dataset',
  access: 'editor',
  input: CreateDataset,
  async handle({ datasets, clock }, { name, experiment_ids, tags }) {
    const experimentIds = experiment_ids ?? [];
    experimentIds.forEach(checkExperimentId);
    const fresh = { dataset_id: `d-${randomHex(32)}`, name, tags: tags ? tagsOfText(tags) : [], experimentIds, now: clock.now() };
    return { dataset: datasetToWire(await datasets.create(fresh)) };
  },
});
