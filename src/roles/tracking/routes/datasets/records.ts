import {
  DatasetRecords,
  DeleteDatasetRecords,
  GetDatasetRecords,
  UpsertDatasetRecords,
} from '#contract/http/mlflow/evaluation-datasets.ts';
import { checkedPageSize, checkedPlace, mlflowInputError } from '#http/mlflow/input.ts';
import { jsonOfText } from '../../datasets/wire.ts';
import { trackingRoute } from '../../route.ts';
import { nextToken } from '../../wire.ts';

const MOST = 1000;

/** POST /api/3.0/mlflow/datasets/{dataset_id}/records */
export const upsertDatasetRecords = trackingRoute({
  method: 'POST',
  path: '/mlflow/datasets/:dataset_id/records',
  summary: 'Add records to an evaluation dataset; those with the same inputs are updated',
  access: 'editor',
  input: UpsertDatasetRecords,
  async handle({ datasets, clock }, { dataset_id, records }) {
    const list = { records: jsonOfText('records', records) };
    const checked = DatasetRecords.safeParse(list.records, { reportInput: true });
    if (!checked.success)
      throw mlflowInputError(
        checked.error.issues.map((issue) => ({ ...issue, path: ['records', ...issue.path] })),
        list,
      );
    const { inserted, updated } = await datasets.upsertRecords(dataset_id, records, clock.now());
    return { inserted_count: inserted, updated_count: updated };
  },
});

/** GET /api/3.0/mlflow/datasets/{dataset_id}/records */
export const getDatasetRecords = trackingRoute({
  method: 'GET',
  path: '/mlflow/datasets/:dataset_id/records',
  summary: 'Records of an evaluation dataset',
  access: 'viewer',
  input: GetDatasetRecords,
  async handle({ datasets }, { dataset_id, max_results, page_token }) {
    const query = JSON.stringify(['dataset-records', dataset_id]);
    const limit = Math.min(checkedPageSize(max_results, MOST, 50_000), MOST);
    const after = Number(checkedPlace(page_token, query)?.after[0] ?? 0);
    const { texts, next } = await datasets.listRecords(dataset_id, { after, limit });
    return { records: `[${texts.join(', ')}]`, ...nextToken(next === undefined ? undefined : { phase: 0, after: [next] }, query) };
  },
});

/** DELETE /api/3.0/mlflow/datasets/{dataset_id}/records */
export const deleteDatasetRecords = trackingRoute({
  method: 'DELETE',
  path: '/mlflow/datasets/:dataset_id/records',
  summary: 'Delete records of an evaluation dataset',
  access: 'editor',
  input: DeleteDatasetRecords,
  async handle({ datasets, clock }, { dataset_id, dataset_record_ids }) {
    return { deleted_count: await datasets.deleteRecords(dataset_id, dataset_record_ids ?? [], clock.now()) };
  },
});
