import { DatasetById } from '#contract/http/mlflow/evaluation-datasets.ts';
import { present } from '#http/mlflow/wire-values.ts';
import { datasetToWire } from '../../datasets/wire.ts';
import { trackingRoute } from '../../route.ts';

/** GET /api/3.0/mlflow/datasets/{dataset_id} */
export const getDataset = trackingRoute({
  method: 'GET',
  path: '/mlflow/datasets/:dataset_id',
  summary: 'Get an evaluation dataset without its records',
  access: 'viewer',
  input: DatasetById,
  handle: async ({ datasets }, { dataset_id }) => ({ dataset: datasetToWire(await datasets.get(dataset_id)) }),
});

/** GET /api/3.0/mlflow/datasets/{dataset_id}/experiment-ids */
export const getDatasetExperiments = trackingRoute({
  method: 'GET',
  path: '/mlflow/datasets/:dataset_id/experiment-ids',
  summary: 'Experiments that an evaluation dataset belongs to',
  access: 'viewer',
  input: DatasetById,
  handle: async ({ datasets }, { dataset_id }) => present({ experiment_ids: (await datasets.get(dataset_id)).experimentIds }),
});
