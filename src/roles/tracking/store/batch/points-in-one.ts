import { CompiledQuery } from 'kysely';
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

const TEXT = `with r as (select id, experiment, lifecycle_stage from tracking_runs where run_id = $1),
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
  return CompiledQuery.raw(TEXT, [runId, ...columns(points), ...columns(latest)]) as CompiledQuery<RunState>;
}
