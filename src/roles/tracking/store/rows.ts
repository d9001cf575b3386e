import { type Expression, type Kysely, type RawBuilder, type SqlBool, sql, type Transaction } from 'kysely';
import type { Database, Dialect } from '#ports/database.ts';
import type { Pair, View } from '../entities.ts';
import { fail } from '../errors.ts';
import type { TrackingTables } from '../tables.ts';

/** A database or a running transaction: reads take either. */
export type Reader = Kysely<TrackingTables> | Transaction<TrackingTables>;
export type Writer = Transaction<TrackingTables>;

/** `column` is one of many values, as one bound parameter: the statement stays the same for any number, and so prepared. */
export function among(dialect: Dialect, column: Expression<unknown>, values: readonly (string | number)[]): RawBuilder<SqlBool> {
  if (dialect === 'sqlite') return sql`${column} in (select value from json_each(${JSON.stringify(values)}))`;
  return typeof values[0] === 'number' ? sql`${column} = any(${values}::bigint[])` : sql`${column} = any(${values}::text[])`;
}

/** `column` is one of our own ids: a plain list while it is short, as an index can then be walked in its order. */
export function within(dialect: Dialect, column: Expression<unknown>, ids: readonly number[]): RawBuilder<SqlBool> {
  return ids.length <= 20 ? sql`${column} in (${sql.join(ids)})` : among(dialect, column, ids);
}

/** Our own small ids of experiments; unknown ones are left out. */
export async function experimentIds(db: Reader, ids: readonly string[]): Promise<{ id: number; experiment_id: string }[]> {
  if (ids.length === 0) return [];
  const found: { id: number; experiment_id: string }[] = [];
  for (const part of chunks(ids, 5000)) {
    found.push(
      ...(await db.selectFrom('tracking_experiments').select(['id', 'experiment_id']).where('experiment_id', 'in', part).execute()),
    );
  }
  return found;
}

const known = new WeakMap<Database<TrackingTables>, Map<string, number>>();
const MOST_KNOWN = 10_000;

/** The same, remembered: an experiment is never removed and keeps both its ids. */
export async function knownExperiments(db: Database<TrackingTables>, ids: readonly string[]): Promise<number[]> {
  const own = known.get(db) ?? new Map<string, number>();
  known.set(db, own);
  const unknown = ids.filter((id) => !own.has(id));
  if (own.size > MOST_KNOWN) own.clear();
  for (const { id, experiment_id } of await experimentIds(db.read, own.size === 0 ? ids : unknown)) own.set(experiment_id, id);
  return [...new Set(ids)].flatMap((id) => own.get(id) ?? []);
}

export async function experimentRow(db: Reader, experimentId: string) {
  const row = await db.selectFrom('tracking_experiments').selectAll().where('experiment_id', '=', experimentId).executeTakeFirst();
  if (!row) throw fail.experimentNotFound({ id: experimentId });
  return row;
}

export async function activeExperiment(db: Reader, experimentId: string) {
  return checkedExperiment(await experimentRow(db, experimentId), experimentId);
}

/** @throws TRACKING_EXPERIMENT_NOT_FOUND, TRACKING_EXPERIMENT_NOT_ACTIVE */
export function checkedExperiment<R extends { readonly lifecycle_stage: string }>(row: R | undefined, experimentId: string): R {
  if (!row) throw fail.experimentNotFound({ id: experimentId });
  if (row.lifecycle_stage !== 'active') throw fail.experimentNotActive({ id: experimentId });
  return row;
}

/** What a write must know of its run. @throws TRACKING_RUN_NOT_FOUND, TRACKING_RUN_NOT_ACTIVE */
export async function activeRun(db: Reader, runId: string): Promise<{ id: number; experiment: number }> {
  const row = await db
    .selectFrom('tracking_runs')
    .select(['id', 'experiment', 'lifecycle_stage'])
    .where('run_id', '=', runId)
    .executeTakeFirst();
  return active(row, runId);
}

/** @throws TRACKING_RUN_NOT_FOUND, TRACKING_RUN_NOT_ACTIVE */
export function active<R extends { readonly lifecycle_stage: string }>(row: R | undefined, runId: string): R {
  if (!row) throw fail.runNotFound({ id: runId });
  if (row.lifecycle_stage !== 'active') throw fail.runNotActive({ id: runId });
  return row;
}

/** The last value of each key: one statement may not write the same row twice (PostgreSQL manual, INSERT). */
export function lastOfEach<P extends Pair>(pairs: readonly P[]): P[] {
  return [...new Map(pairs.map((pair) => [pair.key, pair])).values()];
}

/** Groups rows by a number of theirs, in their order. */
export function grouped<R, V>(rows: readonly R[], key: (row: R) => number, value: (row: R) => V): Map<number, V[]> {
  const groups = new Map<number, V[]>();
  for (const row of rows) {
    const k = key(row);
    const group = groups.get(k);
    if (group) group.push(value(row));
    else groups.set(k, [value(row)]);
  }
  return groups;
}

/** Most rows per INSERT: at 9 columns this stays below the 32,766 variables of SQLite and the 65,535 of Postgres. */
export const ROWS_PER_INSERT = 500;

export function* chunks<T>(items: readonly T[], size = ROWS_PER_INSERT): Generator<T[]> {
  for (let i = 0; i < items.length; i += size) yield items.slice(i, i + size);
}

export function stagesOf(view: View): readonly string[] {
  return view === 'ALL' ? ['active', 'deleted'] : view === 'DELETED_ONLY' ? ['deleted'] : ['active'];
}

/** NaN cannot be stored everywhere: it is 0 with a flag. */
export function fromStored(row: { readonly value: number; readonly is_nan: number }): number {
  return row.is_nan ? Number.NaN : row.value;
}
