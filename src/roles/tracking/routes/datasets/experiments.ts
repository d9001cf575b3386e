import { DatasetExperiments } from '#contract/http/mlflow/evaluation-datasets.ts';
import { datasetToWire } from '../../datasets/wire.ts';
import { checkExperimentId } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';

/** POST /api/3.0/mlflow/datasets/{dataset_id}/add-experiments */
export const addToExperiments = trackingRoute({
  method: 'POST',
  path: '/mlflow/datasets/:dataset_id/add-experiments',
  summary: 'Let an evaluation dataset belong to further experiments',
  access: 'editor',
  input: DatasetExperiments,
  async handle({ store, datasets, clock }, { dataset_id, experiment_ids }) {
    const add = experiment_ids ?? [];
    add.forEach(checkExperimentId);
    await datasets.get(dataset_id);
    for (const id of add) await store.getExperiment(id);
    return { dataset: datasetToWire(await datasets.changeExperiments(dataset_id, { add, now: clock.now() })) };
  },
});

/** POST /api/3.0/mlflow/datasets/{dataset_id}/remove-experiments */
export const removeFromExperiments = trackingRoute({
  method: 'POST',
  path: '/mlflow/datasets/:dataset_id/remove-experiments',
  summary: 'Let an evaluation dataset no longer belong to experiments',
  access: 'editor',
  input: DatasetExperiments,
  async handle({ datasets, clock }, { dataset_id, experiment_ids }) {
    const change = { remove: experiment_ids ?? [], now: clock.now() };
    return { dataset: datasetToWire(await datasets.changeExperiments(dataset_id, change)) };
  },
});
