import { DeleteDatasetTag, SetDatasetTags } from '#contract/http/mlflow/evaluation-datasets.ts';
import { datasetToWire, tagsOfText } from '../../datasets/wire.ts';
import { trackingRoute } from '../../route.ts';

/** PATCH /api/3.0/mlflow/datasets/{dataset_id}/tags */
export const setDatasetTags = trackingRoute({
  method: 'PATCH',
  path: '/mlflow/datasets/:dataset_id/tags',
  summary: 'Set tags of an evaluation dataset',
  access: 'editor',
  input: SetDatasetTags,
  async handle({ datasets, clock }, { dataset_id, tags }) {
    return { dataset: datasetToWire(await datasets.setTags(dataset_id, tagsOfText(tags), clock.now())) };
  },
});

/** DELETE /api/3.0/mlflow/datasets/{dataset_id}/tags/{key} */
export const deleteDatasetTag = trackingRoute({
  method: 'DELETE',
  path: '/mlflow/datasets/:dataset_id/tags/:key',
  summary: 'Delete a tag of an evaluation dataset',
  access: 'editor',
  input: DeleteDatasetTag,
  async handle({ datasets }, { dataset_id, key }) {
    await datasets.deleteTag(dataset_id, key);
    return {};
  },
});
