import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import type { Store, TrackingServer } from './tracking-servers.ts';

/**
 * Fills a server's database with runs in a few statements, past its API: 100,000 through the API take minutes with us and half an hour with MLflow. Run
 * `i` has five metrics (`rmse` scattered over 0 to 1), five parameters (`lr` with three values) and two tags. The SQL is understood by SQLite and Postgres.
 */
export async function fillDatabase(server: TrackingServer, experiment: string, count: number): Promise<void> {
  const statements = sqlOf(server)(experiment, count, server.store.kind);
  if (server.store.kind === 'sqlite') return inSqlite(server.store.file, statements);
  const client = new pg.Client({ connectionString: server.store.url });
  await client.connect();
  try {
    // The daemon that takes statistics would come within a minute: it is not waited for.
    for (const statement of [...statements, 'analyze']) await client.query(statement);
  } finally {
    await client.end();
  }
}

function inSqlite(file: string, statements: readonly string[]): void {
  const db = new DatabaseSync(file, { timeout: 10_000 });
  db.exec(`begin immediate; ${statements.join(';')}; commit`);
  db.close();
}

type Fill = (experiment: string, count: number, kind: Store['kind']) => readonly string[];

const FILLS: Readonly<Record<TrackingServer['name'], Fill>> = { trainyard: ourFill, mlflow: mlflowFill, fasttrackml: fastTrackMlFill };
const sqlOf = ({ name }: TrackingServer): Fill => FILLS[name];

const numbers = (count: number): string => `with recursive n(i) as (select 0 union all select i + 1 from n where i < ${count - 1}) select`;
const FIRST_START = 1_000_000;
/** Unlike in every experiment. */
const runId = (experiment: string, kind: Store['kind']): string =>
  kind === 'sqlite' ? `printf('%032x', ${experiment} * 1000000 + i)` : `lpad(to_hex(${experiment} * 1000000 + i), 32, '0')`;
const METRICS =
  "(select 'rmse' as key, 0 as d union all select 'm0', 1 union all select 'm1', 2 union all select 'm2', 3 union all select 'm3', 4)";
const PARAMS =
  "(select 'lr' as key, 0 as d union all select 'p0', 2 union all select 'p1', 3 union all select 'p2', 4 union all select 'p3', 5)";
const TAGS = "(select 'team' as key, 0 as d union all select 'mlflow.runName', 1)";
/** Of run `number` and key `k`. */
const metric = (number: string): string => `case k.d when 0 then (${number} * 7919) % 10007 / 10007.0 else ${number} * 1.0 / k.d end`;
const param = (number: string): string =>
  `case when k.d > 0 then cast(${number} % k.d as text) when ${number} % 3 = 0 then '0.1' when ${number} % 3 = 1 then '0.01' else '0.001' end`;
const tag = (number: string): string => `case k.d when 0 then 't' || (${number} % 7) else 'run-' || ${number} end`;

function ourFill(experiment: string, count: number, kind: Store['kind']): readonly string[] {
  const of = (keys: string): string =>
    `from tracking_experiments e join tracking_runs r on r.experiment = e.id cross join ${keys} k where e.experiment_id = '${experiment}'`;
  const i = `(r.start_time - ${FIRST_START})`;
  return [
    `insert into tracking_runs (run_id, experiment, name, user_id, status, start_time, lifecycle_stage, artifact_uri)
      select x.run_id, e.id, x.name, 'bench', 'RUNNING', x.start_time, 'active', 'mlflow-artifacts:/' || e.experiment_id || '/' || x.run_id || '/artifacts'
      from tracking_experiments e cross join
      (${numbers(count)} ${runId(experiment, kind)} as run_id, 'run-' || i as name, ${FIRST_START} + i as start_time from n) x where e.experiment_id = '${experiment}'`,
    `insert into tracking_metrics (run, key, timestamp, step, value, is_nan) select r.id, k.key, 1, 0, ${metric(i)}, 0 ${of(METRICS)}`,
    `insert into tracking_latest_metrics (run, key, experiment, value, timestamp, step, is_nan)
      select r.id, k.key, e.id, ${metric(i)}, 1, 0, 0 ${of(METRICS)}`,
    `insert into tracking_params (run, key, experiment, value) select r.id, k.key, e.id, ${param(i)} ${of(PARAMS)}`,
    `insert into tracking_tags (run, key, experiment, value) select r.id, k.key, e.id, ${tag(i)} ${of(TAGS)}`,
  ];
}

function mlflowFill(experiment: string, count: number, kind: Store['kind']): readonly string[] {
  const of = (keys: string): string => `from runs r cross join ${keys} k where r.experiment_id = ${experiment}`;
  const i = `(r.start_time - ${FIRST_START})`;
  const points = `select r.run_uuid, k.key, ${metric(i)}, 1, 0, false ${of(METRICS)}`;
  return [
    `insert into runs (run_uuid, name, experiment_id, user_id, status, start_time, lifecycle_stage, artifact_uri)
      ${numbers(count)} ${runId(experiment, kind)}, 'run-' || i, ${experiment}, 'bench', 'RUNNING', ${FIRST_START} + i, 'active',
      'mlflow-artifacts:/${experiment}/' || ${runId(experiment, kind)} || '/artifacts' from n`,
    `insert into metrics (run_uuid, key, value, timestamp, step, is_nan) ${points}`,
    `insert into latest_metrics (run_uuid, key, value, timestamp, step, is_nan) ${points}`,
    `insert into params (run_uuid, key, value) select r.run_uuid, k.key, ${param(i)} ${of(PARAMS)}`,
    `insert into tags (run_uuid, key, value) select r.run_uuid, k.key, ${tag(i)} ${of(TAGS)}`,
  ];
}

function fastTrackMlFill(experiment: string, count: number, kind: Store['kind']): readonly string[] {
  const of = (keys: string): string => `from runs r cross join ${keys} k where r.experiment_id = ${experiment}`;
  const i = `(r.start_time - ${FIRST_START})`;
  const value = param(i);
  const context = '(select min(id) from contexts)';
  return [
    `insert into runs (run_uuid, name, experiment_id, user_id, status, start_time, lifecycle_stage, artifact_uri, source_type, row_num)
      ${numbers(count)} ${runId(experiment, kind)}, 'run-' || i, ${experiment}, 'bench', 'RUNNING', ${FIRST_START} + i, 'active', '', 'UNKNOWN', i from n`,
    `insert into metrics (run_uuid, key, value, timestamp, step, is_nan, iter, context_id)
      select r.run_uuid, k.key, ${metric(i)}, 1, 0, false, 1, ${context} ${of(METRICS)}`,
    `insert into latest_metrics (run_uuid, key, value, timestamp, step, is_nan, last_iter, context_id)
      select r.run_uuid, k.key, ${metric(i)}, 1, 0, false, 1, ${context} ${of(METRICS)}`,
    `insert into params (run_uuid, key, value_str) select r.run_uuid, k.key, ${value} ${of(PARAMS)}`,
    `insert into tags (run_uuid, key, value) select r.run_uuid, k.key, ${tag(i)} ${of(TAGS)}`,
  ];
}
