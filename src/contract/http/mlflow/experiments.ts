import { z } from 'zod';
import { int64, optional, pairs, required, searchFields, texts } from './fields.ts';

/** POST experiments/create */
export const CreateExperiment = z.object({ name: required, artifact_location: optional, tags: pairs });
/** GET experiments/get, POST experiments/delete and restore */
export const ExperimentById = z.object({ experiment_id: required });
/** GET experiments/get-by-name */
export const ExperimentByName = z.object({ experiment_name: required });
/** POST experiments/update */
export const UpdateExperiment = z.object({ experiment_id: required, new_name: required });
/** POST experiments/set-experiment-tag */
export const SetExperimentTag = z.object({ experiment_id: required, key: required, value: optional });
/** POST experiments/delete-experiment-tag */
export const DeleteExperimentTag = z.object({ experiment_id: required, key: required });
/** Which lifecycle stages a search covers: by name or by protobuf number. */
export const ViewType = z
  .union([z.enum(['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL']), z.literal([1, 2, 3]), z.enum(['1', '2', '3'])])
  .transform((value) => ({ 1: 'ACTIVE_ONLY', 2: 'DELETED_ONLY', 3: 'ALL' })[value as 1] ?? String(value));
/** POST and GET experiments/search */
export const SearchExperiments = z.object({ ...searchFields, max_results: int64.nullish(), view_type: ViewType.nullish() });
/** POST experiments/search-datasets */
export const SearchDatasets = z.object({ experiment_ids: texts.nullish() });
