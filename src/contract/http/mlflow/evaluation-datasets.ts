import { z } from 'zod';
import { int64, optional, required, text, texts } from './fields.ts';

/** POST datasets/create; `tags` is a JSON object as text. */
export const CreateDataset = z.object({ name: required, experiment_ids: texts.nullish(), tags: optional });
/** GET and DELETE datasets/{dataset_id}, GET datasets/{dataset_id}/experiment-ids */
export const DatasetById = z.object({ dataset_id: required });
/** POST datasets/search */
export const SearchEvaluationDatasets = z.object({
  experiment_ids: texts.nullish(),
  filter_string: optional,
  max_results: int64.nullish(),
  order_by: texts.nullish(),
  page_token: optional,
});
/** PATCH datasets/{dataset_id}/tags */
export const SetDatasetTags = z.object({ dataset_id: required, tags: required });
/** DELETE datasets/{dataset_id}/tags/{key} */
export const DeleteDatasetTag = z.object({ dataset_id: required, key: required });
/** POST datasets/{dataset_id}/records; `records` is a JSON list as text. */
export const UpsertDatasetRecords = z.object({ dataset_id: required, records: required, updated_by: optional });
/** GET datasets/{dataset_id}/records */
export const GetDatasetRecords = z.object({ dataset_id: required, max_results: int64.nullish(), page_token: optional });
/** DELETE datasets/{dataset_id}/records */
export const DeleteDatasetRecords = z.object({ dataset_id: required, dataset_record_ids: z.array(text).nullish() });
/** POST datasets/{dataset_id}/add-experiments and remove-experiments */
export const DatasetExperiments = z.object({ dataset_id: required, experiment_ids: texts.nullish() });

const object = z.record(z.string(), z.unknown());
/** What one record must look like; fields that are not named here are dropped. */
export const DatasetRecords = z.array(
  z.object({
    inputs: object.nullish(),
    expectations: object.nullish(),
    tags: object.nullish(),
    source: object.nullish(),
    outputs: z.unknown().optional(),
  }),
);
