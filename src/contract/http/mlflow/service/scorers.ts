import { z } from 'zod';
import { int64, optional, required, texts } from '../fields.ts';

/** POST scorers/register. What is serialized is JSON. */
export const RegisterScorer = z.object({ experiment_id: required, name: required, serialized_scorer: required });
/** GET scorers/list */
export const ListScorers = z.object({ experiment_id: optional, experiment_ids: texts.nullish() });
/** GET scorers/versions */
export const ScorerByName = z.object({ experiment_id: required, name: required });
/** GET scorers/get and DELETE scorers/delete */
export const ScorerByVersion = ScorerByName.extend({ version: int64.nullish() });
