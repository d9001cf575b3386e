import { DatasetById } from '#contract/http/mlflow/evaluation-datasets.ts';
import { trackingRoute } from '../../route.ts';

/** DELETE /api/3.0/mlflow/datasets/{dataset_id} */
export const deleteDataset = trackingRoute({
  method: 'DELETE',
  path: '/mlflow/datasets/:dataset_id',
  summary: 'Delete an evaluation dataset with its records',
  access: 'editor',
  input: DatasetById,
  async handle({ datasets }, { dataset_id }) {
    await datasets.delete(dataset_id);
    return {};
  },
});
