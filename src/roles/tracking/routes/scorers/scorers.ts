import { randomUUID } from 'node:crypto';
import { isLonger, tooLong } from '#contract/http/mlflow/names.ts';
import { ListScorers, RegisterScorer, ScorerByName, ScorerByVersion } from '#contract/http/mlflow/service/scorers.ts';
import { check, refuse } from '#http/mlflow/input.ts';
import { checkExperimentId } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';
import { scorerToWire } from './wire.ts';

const LONGEST_NAME = 256;

/** POST /api/3.0/mlflow/scorers/register. Scorers are kept, never run here. */
export const registerScorer = trackingRoute({
  method: 'POST',
  path: '/mlflow/scorers/register',
  summary: 'Keep a new version of a scorer',
  access: 'editor',
  input: RegisterScorer,
  async handle({ store, clock }, { experiment_id, name, serialized_scorer }) {
    checkExperimentId(experiment_id);
    if (name.trim() === '') throw refuse('Scorer name cannot be empty or contain only whitespace.');
    check(isLonger(name, LONGEST_NAME) ? tooLong('name', LONGEST_NAME) : undefined);
    if (!isJson(serialized_scorer)) throw refuse('serialized_scorer must be valid JSON');
    const fresh = { name, serialized: serialized_scorer, id: randomUUID(), now: clock.now() };
    const { serialized, ...registered } = await store.registerScorer(experiment_id, fresh);
    return { ...registered, serialized_scorer: serialized };
  },
});

/** GET /api/3.0/mlflow/scorers/list: the newest version of each, of one experiment, of some, or of all. */
export const listScorers = trackingRoute({
  method: 'GET',
  path: '/mlflow/scorers/list',
  summary: 'List the scorers of experiments',
  access: 'viewer',
  input: ListScorers,
  async handle({ store }, { experiment_id, experiment_ids }) {
    if (experiment_id && experiment_ids) throw refuse("Cannot specify both 'experiment_id' and 'experiment_ids'.");
    for (const id of experiment_ids ?? (experiment_id ? [experiment_id] : [])) checkExperimentId(id);
    const found = await (experiment_id ? store.listScorersOf(experiment_id) : store.listScorers(experiment_ids ?? undefined));
    return found.length > 0 ? { scorers: found.map(scorerToWire) } : {};
  },
});

/** GET /api/3.0/mlflow/scorers/versions */
export const listScorerVersions = trackingRoute({
  method: 'GET',
  path: '/mlflow/scorers/versions',
  summary: 'List the versions of a scorer',
  access: 'viewer',
  input: ScorerByName,
  async handle({ store }, { experiment_id, name }) {
    checkExperimentId(experiment_id);
    return { scorers: (await store.listScorerVersions(experiment_id, name)).map(scorerToWire) };
  },
});

/** GET /api/3.0/mlflow/scorers/get */
export const getScorer = trackingRoute({
  method: 'GET',
  path: '/mlflow/scorers/get',
  summary: 'Get a version of a scorer, or the newest',
  access: 'viewer',
  input: ScorerByVersion,
  async handle({ store }, { experiment_id, name, version }) {
    checkExperimentId(experiment_id);
    return { scorer: scorerToWire(await store.getScorer(experiment_id, { name, version: version ?? undefined })) };
  },
});

/** DELETE /api/3.0/mlflow/scorers/delete */
export const deleteScorer = trackingRoute({
  method: 'DELETE',
  path: '/mlflow/scorers/delete',
  summary: 'Delete a version of a scorer, or all of them',
  access: 'editor',
  input: ScorerByVersion,
  async handle({ store }, { experiment_id, name, version }) {
    checkExperimentId(experiment_id);
    await store.deleteScorer(experiment_id, { name, version: version ?? undefined });
    return {};
  },
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
