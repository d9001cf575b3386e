import { CompiledQuery } from 'kysely';
import type { RunInfo } from '../../entities.ts';
import type { Reader } from '../rows.ts';

/** A row of a table as a list of its columns, in the order that the statement names. */
type InfoRow = [
  id: number,
  run_id: string,
  name: string,
  experiment_id: string,
  user_id: string,
  status: string,
  start: number,
  end: number | null,
  stage: string,
  uri: string,
];
type MetricRow = [run: number, key: string, value: number | string, timestamp: number, step: number, is_nan: number];
type PairRow = [run: number, key: string, value: string];

/** All that runs hold, but for data sets and models, which few have. */
export interface RunsInOne {
  readonly infos: ReadonlyMap<number, RunInfo>;
  readonly metrics: readonly { run: number; key: string; value: number; timestamp: number; step: number; is_nan: number }[];
  readonly params: readonly { run: number; key: string; value: string }[];
  readonly tags: readonly { run: number; key: string; value: string }[];
  /** Runs with data sets or models. */
  readonly others: readonly number[];
}

interface Answer {
  readonly infos: readonly InfoRow[] | null;
  readonly metrics: readonly MetricRow[] | null;
  readonly params: readonly PairRow[] | null;
  readonly tags: readonly PairRow[] | null;
  readonly others: readonly number[] | null;
}

const INFO = 'r.id, r.run_id, r.name, e.experiment_id, r.user_id, r.status, r.start_time, r.end_time, r.lifecycle_stage, r.artifact_uri';

const rowsOf = (table: string, columns: string, which: string): string =>
  `(select json_agg(json_build_array(${columns})) from ${table} where run ${which})`;

/** @param own what the runs' ids in other tables are @param asked which rows of `tracking_runs r` are meant */
const statement = (own: string, asked: string): string => `select
  (select json_agg(json_build_array(${INFO})) from tracking_runs r join tracking_experiments e on e.id = r.experiment where ${asked}) as infos,
  ${rowsOf('tracking_latest_metrics', 'run, key, value, timestamp, step, is_nan', own)} as metrics,
  ${rowsOf('tracking_params', 'run, key, value', own)} as params,
  ${rowsOf('tracking_tags', 'run, key, value', own)} as tags,
  (select json_agg(run) from (select run from tracking_dataset_inputs where run ${own} union select run from tracking_model_inputs where run ${own}
    union select run from tracking_model_outputs where run ${own}) o) as others`;

const BY_ID = statement('= any($1::integer[])', 'r.id = any($1::integer[])');
const BY_RUN_ID = `with own as materialized (select id from tracking_runs where run_id = $1) ${statement('= (select id from own)', 'r.run_id = $1')}`;

/**
 * Reads runs in one trip to Postgres: each table's rows come as one JSON list, which costs both sides less than rows do.
 *
 * @param which our own ids, or the id that clients know
 */
export async function runsInOne(db: Reader, which: readonly number[] | string): Promise<RunsInOne> {
  const query = CompiledQuery.raw(typeof which === 'string' ? BY_RUN_ID : BY_ID, [which]) as CompiledQuery<Answer>;
  const [answer] = (await db.executeQuery(query)).rows;
  const { infos, metrics, params, tags, others } = answer as Answer;
  return {
    infos: new Map((infos ?? []).map((row) => [row[0], infoOf(row)])),
    // JSON has no Infinity: it comes as text.
    metrics: (metrics ?? []).map(([run, key, value, timestamp, step, is_nan]) => ({
      ...{ run, key, value: Number(value) },
      ...{ timestamp, step, is_nan },
    })),
    params: (params ?? []).map(pairOf),
    tags: (tags ?? []).map(pairOf),
    others: others ?? [],
  };
}

function infoOf([
  ,
  run_id,
  run_name,
  experiment_id,
  user_id,
  status,
  start_time,
  end_time,
  lifecycle_stage,
  artifact_uri,
]: InfoRow): RunInfo {
  return { run_id, run_name, experiment_id, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri };
}

function pairOf([run, key, value]: PairRow): { run: number; key: string; value: string } {
  return { run, key, value };
}
