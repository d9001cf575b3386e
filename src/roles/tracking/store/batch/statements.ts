import { CompiledQuery, type Insertable, sql } from 'kysely';
import type { Database } from '#ports/database.ts';
import type { TrackingTables } from '../../tables.ts';
import type { Reader, Writer } from '../rows.ts';

/** Rows per statement, most first: any number of rows is written with few different statements, which are then prepared already. */
const SIZES = [500, 100, 20, 5, 1];

/** Writes rows to a table. */
export interface RowsInsert {
  /** @param values of all rows, row by row */
  run(tx: Writer, values: readonly unknown[]): Promise<void>;
}

/** An INSERT for each of `SIZES`, compiled when first needed: building and compiling one costs several times what running it does. */
export class CompiledInsert implements RowsInsert {
  readonly #columns: number;
  readonly #compile: (rows: number) => CompiledQuery;
  readonly #compiled = new Map<number, CompiledQuery>();

  /** @param compile gives the statement for a number of rows; its parameters are the values alone, row by row */
  constructor(columns: number, compile: (rows: number) => CompiledQuery) {
    this.#columns = columns;
    this.#compile = compile;
  }

  /** @param values of all rows, row by row */
  async run(tx: Writer, values: readonly unknown[]): Promise<void> {
    for (let at = 0; at < values.length; ) {
      const left = (values.length - at) / this.#columns;
      const size = SIZES.find((each) => each <= left) ?? 1;
      const parameters = values.slice(at, at + size * this.#columns);
      await tx.executeQuery({ ...this.#statement(size), parameters });
      at += parameters.length;
    }
  }

  #statement(rows: number): CompiledQuery {
    const known = this.#compiled.get(rows);
    if (known) return known;
    const made = this.#compile(rows);
    this.#compiled.set(rows, made);
    return made;
  }
}

export interface RunState {
  readonly id: number;
  readonly experiment: number;
  readonly lifecycle_stage: string;
}

export interface ExperimentState {
  readonly id: number;
  readonly artifact_location: string;
  readonly lifecycle_stage: string;
}

export type RunRow = Omit<Insertable<TrackingTables['tracking_runs']>, 'id'>;

/** The statements of the writes that clients make most. */
export interface WriteStatements {
  experiment(db: Reader, experimentId: string): Promise<ExperimentState | undefined>;
  /** Our own id of the new run. */
  newRun(tx: Writer, row: RunRow): Promise<number>;
  run(db: Reader, runId: string): Promise<RunState | undefined>;
  /** run, key, timestamp, step, value, is_nan */
  readonly points: RowsInsert;
  /** run, key, experiment, timestamp, step, value, is_nan */
  readonly latest: RowsInsert;
  /** run, key, experiment, value */
  readonly params: RowsInsert;
  /** run, key, experiment, value */
  readonly tags: RowsInsert;
}

/** MLflow's rule: the latest point of a key is the one with the greatest step, then timestamp, then value. */
export const LATER_THAN_KEPT =
  '(excluded.step, excluded.timestamp, excluded.value) > (tracking_latest_metrics.step, tracking_latest_metrics.timestamp, tracking_latest_metrics.value)';

const EMPTY_RUN: RunRow = {
  run_id: '',
  experiment: 0,
  name: '',
  user_id: '',
  status: '',
  start_time: 0,
  end_time: 0,
  lifecycle_stage: '',
  artifact_uri: '',
};

/** In the order in which the statement takes them. */
export const RUN_COLUMNS = Object.keys(EMPTY_RUN) as (keyof RunRow)[];

const made = new WeakMap<Database<TrackingTables>, WriteStatements>();

/** The statements for a database, made when first asked for. */
export function statementsOf(db: Database<TrackingTables>): WriteStatements {
  const known = made.get(db) ?? writeStatements(db);
  made.set(db, known);
  return known;
}

function writeStatements({ read, dialect }: Database<TrackingTables>): WriteStatements {
  const run = read.selectFrom('tracking_runs').select(['id', 'experiment', 'lifecycle_stage']).where('run_id', '=', '').compile();
  const experiment = read
    .selectFrom('tracking_experiments')
    .select(['id', 'artifact_location', 'lifecycle_stage'])
    .where('experiment_id', '=', '')
    .compile();
  const newRun = read.insertInto('tracking_runs').values(EMPTY_RUN).returning('id').compile();
  return {
    experiment: async (db, id) => (await db.executeQuery<ExperimentState>({ ...experiment, parameters: [id] })).rows[0],
    newRun: async (tx, row) => {
      const { rows } = await tx.executeQuery<{ id: number }>({ ...newRun, parameters: RUN_COLUMNS.map((column) => row[column]) });
      return (rows[0] as { id: number }).id;
    },
    run: async (db, runId) => (await db.executeQuery<RunState>({ ...run, parameters: [runId] })).rows[0],
    ...(dialect === 'postgres' ? postgresInserts() : sqliteInserts(read)),
  };
}

function sqliteInserts(read: Reader): Inserts {
  const point = { run: 0, key: '', timestamp: 0, step: 0, value: 0, is_nan: 0 };
  const latest = { run: 0, key: '', experiment: 0, timestamp: 0, step: 0, value: 0, is_nan: 0 };
  const pair = { run: 0, key: '', experiment: 0, value: '' };
  return {
    points: new CompiledInsert(6, (rows) =>
      read
        .insertInto('tracking_metrics')
        .values(Array(rows).fill(point))
        .onConflict((conflict) => conflict.doNothing())
        .compile(),
    ),
    latest: new CompiledInsert(7, (rows) =>
      read
        .insertInto('tracking_latest_metrics')
        .values(Array(rows).fill(latest))
        .onConflict((conflict) =>
          conflict
            .columns(['run', 'key'])
            .doUpdateSet((e) => ({
              value: e.ref('excluded.value'),
              timestamp: e.ref('excluded.timestamp'),
              step: e.ref('excluded.step'),
              is_nan: e.ref('excluded.is_nan'),
            }))
            .where(sql.raw<boolean>(LATER_THAN_KEPT)),
        )
        .compile(),
    ),
    params: new CompiledInsert(4, (rows) => read.insertInto('tracking_params').values(Array(rows).fill(pair)).compile()),
    tags: new CompiledInsert(4, (rows) =>
      read
        .insertInto('tracking_tags')
        .values(Array(rows).fill(pair))
        .onConflict((conflict) => conflict.columns(['run', 'key']).doUpdateSet((e) => ({ value: e.ref('excluded.value') })))
        .compile(),
    ),
  };
}

/** A statement that takes any number of rows, as one list per column: Postgres reads it once, where every number of rows is another text otherwise. */
class ColumnsInsert implements RowsInsert {
  readonly #sql: string;
  readonly #columns: number;

  /** @param columns names and types in order @param conflict what to do with rows that are there already */
  constructor(table: string, columns: Readonly<Record<string, string>>, conflict: string) {
    const names = Object.keys(columns);
    const lists = Object.values(columns).map((type, i) => `$${i + 1}::${type}[]`);
    this.#columns = names.length;
    this.#sql = `insert into ${table} (${names.join()}) select ${names.map((name) => `v.${name}`).join()} from unnest(${lists.join()}) as v(${names.join()}) ${conflict}`;
  }

  async run(tx: Writer, values: readonly unknown[]): Promise<void> {
    if (values.length === 0) return;
    const lists: unknown[][] = Array.from({ length: this.#columns }, () => []);
    values.forEach((value, i) => void lists[i % this.#columns]?.push(value));
    await tx.executeQuery(CompiledQuery.raw(this.#sql, lists));
  }
}

const RUN_KEY = { run: 'integer', key: 'text' };
const OWN_PAIR = { ...RUN_KEY, experiment: 'integer', value: 'text' };
const POINT = { timestamp: 'bigint', step: 'bigint', value: 'double precision', is_nan: 'integer' };

type Inserts = Pick<WriteStatements, 'points' | 'latest' | 'params' | 'tags'>;

function postgresInserts(): Inserts {
  const replaced = 'on conflict (run, key) do update set value = excluded.value';
  const latest = `${replaced}, timestamp = excluded.timestamp, step = excluded.step, is_nan = excluded.is_nan where ${LATER_THAN_KEPT}`;
  return {
    points: new ColumnsInsert('tracking_metrics', { ...RUN_KEY, ...POINT }, 'on conflict do nothing'),
    latest: new ColumnsInsert('tracking_latest_metrics', { ...RUN_KEY, experiment: 'integer', ...POINT }, latest),
    params: new ColumnsInsert('tracking_params', OWN_PAIR, ''),
    tags: new ColumnsInsert('tracking_tags', OWN_PAIR, replaced),
  };
}
