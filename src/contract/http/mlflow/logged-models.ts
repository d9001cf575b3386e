import { z } from 'zod';
import { flag, int64, optional, Pair, pairs, required, searchFields, texts } from './fields.ts';

/** POST logged-models */
export const CreateLoggedModel = z.object({
  experiment_id: required,
  name: optional,
  model_type: optional,
  source_run_id: optional,
  params: pairs,
  tags: pairs,
});
/** GET and DELETE logged-models/{model_id} */
export const LoggedModelById = z.object({ model_id: required, allow_deleted: flag.nullish() });
/** PATCH logged-models/{model_id}. Status by name or protobuf number. */
export const FinalizeLoggedModel = z.object({ model_id: required, status: z.union([z.string().min(1), z.int()]) });
/** PATCH logged-models/{model_id}/tags */
export const SetLoggedModelTags = z.object({ model_id: required, tags: pairs });
/** DELETE logged-models/{model_id}/tags/{tag_key} */
export const DeleteLoggedModelTag = z.object({ model_id: required, tag_key: required });
/** POST logged-models/{model_id}/params */
export const LogLoggedModelParams = z.object({ model_id: required, params: z.array(Pair).nullish() });

/** One key of an order: logged models have objects here where other searches have text. */
export const LoggedModelOrder = z.object({
  field_name: required,
  ascending: flag.nullish(),
  dataset_name: optional,
  dataset_digest: optional,
});
export type LoggedModelOrder = z.infer<typeof LoggedModelOrder>;

/** POST logged-models/search */
export const SearchLoggedModels = z.object({
  ...searchFields,
  experiment_ids: texts.nullish(),
  datasets: z.array(z.object({ dataset_name: optional, dataset_digest: optional })).nullish(),
  max_results: int64.nullish(),
  order_by: z.array(LoggedModelOrder).nullish(),
});
