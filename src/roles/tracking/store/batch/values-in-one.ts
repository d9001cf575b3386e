import { CompiledQuery } from 'kysely';
import type { Pair } from '../../entities.ts';
import { LATER_THAN_KEPT, type RunState } from './statements.ts';

/** A column per list, as Postgres takes them. */
export interface PointColumns {
  readonly keys: readonly string[];
  readonly timestamps: readonly number[];
  readonly steps: readonly number[];
  readonly values: readonly number[];
  readonly isNan: readonly number[];
}

const lists = (first: number): string =>
  `unnest(${['text', 'bigint', 'bigint', 'double precision', 'integer'].map((type, i) => `$${first + i}::${type}[]`).join()})
    as v(key, timestamp, step, value, is_nan)`;

const RUN = 'with r as (select id, experiment, lifecycle_stage from tracking_runs where run_id = $1)';

const POINTS = `${RUN},
  p as (insert into tracking_metrics (run, key, timestamp, step, value, is_nan)
    select r.id, v.key, v.timestamp, v.step, v.value, v.is_nan from r, ${lists(2)} where r.lifecycle_stage = 'active' on conflict do nothing),
  l as (insert into tracking_latest_metrics (run, key, experiment, timestamp, step, value, is_nan)
    select r.id, v.key, r.experiment, v.timestamp, v.step, v.value, v.is_nan from r, ${lists(7)} where r.lifecycle_stage = 'active'
    on conflict (run, key) do update set value = excluded.value, timestamp = excluded.timestamp, step = excluded.step, is_nan = excluded.is_nan
    where ${LATER_THAN_KEPT})
  select id, experiment, lifecycle_stage from r`;

/**
 * Looks up a run, adds points to it and keeps the latest of each key, in one trip to Postgres. Answers how the run is: unless it is there and active,
 * nothing was written.
 */
export function pointsInOne(runId: string, points: PointColumns, latest: PointColumns): CompiledQuery<RunState> {
  const columns = ({ keys, timestamps, steps, values, isNan }: PointColumns) => [keys, timestamps, steps, values, isNan];
  return CompiledQuery.raw(POINTS, [runId, ...columns(points), ...columns(latest)]) as CompiledQuery<RunState>;
}

const PAIRS = 'unnest($2::text[], $3::text[]) as v(key, value)';

/** A parameter that is there with another value would become null, which the table refuses: so nothing of the statement is kept. */
const PARAMS = `${RUN},
  p as (insert into tracking_params (run, key, experiment, value)
    select r.id, v.key, r.experiment, v.value from r, ${PAIRS} where r.lifecycle_stage = 'active'
    on conflict (run, key) do update set value = null where tracking_params.value <> excluded.value)
  select id, experiment, lifecycle_stage from r`;

/** What Postgres answers then: not_null_violation (PostgreSQL manual, appendix A). */
export const PARAM_CHANGED = '23502';

/**
 * Looks up a run and adds parameters to it, in one trip to Postgres. Answers how the run is: unless it is there and active, nothing was written. It fails with
 * `PARAM_CHANGED` when one of them has another value already.
 *
 * @param params each key once
 */
export function paramsInOne(runId: string, params: readonly Pair[]): CompiledQuery<RunState> {
  return CompiledQuery.raw(PARAMS, [runId, ...columnsOf(params)]) as CompiledQuery<RunState>;
}

const TAGS = `${RUN},
  t as (insert into tracking_tags (run, key, experiment, value)
    select r.id, v.key, r.experiment, v.value from r, ${PAIRS} where r.lifecycle_stage = 'active'
    on conflict (run, key) do update set value = excluded.value),
  n as (update tracking_runs set name = $4::text where $4::text is not null and lifecycle_stage = 'active' and id = (select id from r))
  select id, experiment, lifecycle_stage from r`;

/**
 * The same with tags, of which the last value stays.
 *
 * @param tags each key once @param name what the run is called from now on, if it is renamed
 */
export function tagsInOne(runId: string, tags: readonly Pair[], name: string | undefined): CompiledQuery<RunState> {
  return CompiledQuery.raw(TAGS, [runId, ...columnsOf(tags), name ?? null]) as CompiledQuery<RunState>;
}

function columnsOf(pairs: readonly Pair[]): [keys: string[], values: string[]] {
  return [pairs.map(({ key }) => key), pairs.map(({ value }) => value)];
}
