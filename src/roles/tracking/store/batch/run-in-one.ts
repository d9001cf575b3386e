import { CompiledQuery } from 'kysely';
import type { Pair } from '../../entities.ts';
import { type ExperimentState, RUN_COLUMNS, type RunRow } from './statements.ts';

type FreshRun = Omit<RunRow, 'experiment'>;

/** What Postgres would take for text. */
const TYPES: Partial<Record<keyof FreshRun, string>> = { start_time: '::bigint', end_time: '::bigint' };
const COLUMNS = RUN_COLUMNS.filter((column): column is keyof FreshRun => column !== 'experiment');

/** The experiment's row is locked as the reference to it does anyway: one that is being deleted is waited for, and then seen as deleted. */
const TEXT = `with e as (select id, artifact_location, lifecycle_stage from tracking_experiments where experiment_id = $1 for key share),
  r as (insert into tracking_runs (experiment, ${COLUMNS.join(', ')})
    select e.id, ${COLUMNS.map((column, i) => `$${i + 3}${TYPES[column] ?? ''}`).join(', ')} from e where e.lifecycle_stage = 'active' and e.artifact_location = $2 returning id, experiment),
  t as (insert into tracking_tags (run, key, experiment, value)
    select r.id, v.key, r.experiment, v.value from r, unnest($${COLUMNS.length + 3}::text[], $${COLUMNS.length + 4}::text[]) as v(key, value))
  select id, artifact_location, lifecycle_stage from e`;

/**
 * Creates a run with its tags in one trip to Postgres. Answers how the experiment is: unless it is there, active and keeps its artifacts where the caller
 * thought, nothing was written.
 *
 * @param place the experiment, and where the caller, who made the run's place from it, thinks that its artifacts are
 * @param tags each key once
 */
export function runInOne(
  place: { readonly experimentId: string; readonly location: string },
  run: FreshRun,
  tags: readonly Pair[],
): CompiledQuery<ExperimentState> {
  const values = COLUMNS.map((column) => run[column]);
  const pairs = [tags.map(({ key }) => key), tags.map(({ value }) => value)];
  return CompiledQuery.raw(TEXT, [place.experimentId, place.location, ...values, ...pairs]) as CompiledQuery<ExperimentState>;
}
