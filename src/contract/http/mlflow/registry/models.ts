import { z } from 'zod';
import { flag, int64, optional, pairs, required, searchFields, texts } from '../fields.ts';

/** Versions travel as strings; numbers are taken too. */
export const version = z.preprocess((value) => (typeof value === 'number' ? String(value) : value), required);

/** POST registered-models/create */
export const CreateRegisteredModel = z.object({ name: required, tags: pairs, description: optional });
/** GET registered-models/get, DELETE registered-models/delete */
export const RegisteredModelByName = z.object({ name: required });
/** PATCH registered-models/update */
export const UpdateRegisteredModel = z.object({ name: required, description: optional });
/** POST registered-models/rename */
export const RenameRegisteredModel = z.object({ name: required, new_name: required });
/** GET registered-models/search */
export const SearchRegisteredModels = z.object({ ...searchFields, max_results: int64.nullish() });
/** POST and GET registered-models/get-latest-versions */
export const GetLatestVersions = z.object({ name: required, stages: texts.nullish() });
/** POST registered-models/set-tag */
export const SetRegisteredModelTag = z.object({ name: required, key: required, value: optional });
/** DELETE registered-models/delete-tag */
export const DeleteRegisteredModelTag = z.object({ name: required, key: required });
/** POST registered-models/alias */
export const SetAlias = z.object({ name: required, alias: required, version });
/** GET and DELETE registered-models/alias */
export const AliasByName = z.object({ name: required, alias: required });

/** POST model-versions/create */
export const CreateModelVersion = z.object({
  name: required,
  source: required,
  run_id: optional,
  tags: pairs,
  run_link: optional,
  description: optional,
  model_id: optional,
});
/** GET model-versions/get and get-download-uri, DELETE model-versions/delete */
export const ModelVersionByNumber = z.object({ name: required, version });
/** PATCH model-versions/update */
export const UpdateModelVersion = z.object({ name: required, version, description: optional });
/** POST model-versions/transition-stage */
export const TransitionStage = z.object({ name: required, version, stage: required, archive_existing_versions: flag.nullish() });
/** GET model-versions/search */
export const SearchModelVersions = z.object({ ...searchFields, max_results: int64.nullish() });
/** POST model-versions/set-tag */
export const SetModelVersionTag = z.object({ name: required, version, key: required, value: optional });
/** DELETE model-versions/delete-tag */
export const DeleteModelVersionTag = z.object({ name: required, version, key: required });
