import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { PagePlace } from '#contract/http/mlflow/page-token.ts';
import type { Condition, Filter } from '#contract/http/mlflow/search-filter.ts';
import type { Database } from '#ports/database.ts';
import { compareSql, filterSql, keysOf } from '#ports/search-sql.ts';
import type { JsonSlice, Page, Run, Search } from '../entities.ts';
import { fail } from '../errors.ts';
import type { TrackingTables } from '../tables.ts';
import { runToWire } from '../wire.ts';
import { experimentIds, stagesOf, within } from './rows.ts';
import { type RunScope, runCondition, runsMeeting } from './run-conditions.ts';
import { type Phase, phasesOf, required } from './run-order.ts';
import { loadRuns } from './run-read.ts';

type Db = Database<TrackingTables>;

/**
 * Runs of some experiments. When the first key of the order is a metric, parameter or tag, the search goes in phases: runs that have the key, then
 * runs that lack it. So each phase can walk an index in the order asked for and stop at the page's end, instead of sorting all runs.
 */
export async function searchRuns(db: Db, experiments: readonly string[], search: Search): Promise<Page<Run>> {
  const { items, next } = await searchRunIds(db, experiments, search);
  return { items: await loadRuns(db.read, db.dialect, items), next };
}

/** The same as JSON text, as the search answers it. */
export async function searchRunsJson(db: Db, experiments: readonly string[], search: Search): Promise<JsonSlice> {
  const { items, next } = await searchRuns(db, experiments, search);
  return { json: items.map((run) => JSON.stringify(runToWire(run, false))).join(), count: items.length, next };
}

/** The same without what the runs hold: our own ids in the order asked for. */
export async function searchRunIds(db: Db, experiments: readonly string[], search: Search): Promise<Page<number>> {
  const ids = (await experimentIds(db.read, experiments)).map(({ id }) => id);
  if (ids.length === 0) return { items: [], next: undefined };
  const scope: RunScope = { dialect: db.dialect, experiments: ids };
  const found: FoundRun[] = [];
  for (const phase of phasesOf(search.order, search.filter, scope)) {
    const wanted = search.limit + 1 - found.length;
    if (wanted <= 0 || phase.number < (search.place?.phase ?? 0)) continue;
    const place = phase.number === search.place?.phase ? search.place : undefined;
    const part = await findRuns(db, { search, scope, phase, place, limit: wanted });
    found.push(...part.map((row) => ({ id: row.id, phase: phase.number, after: keysOf(row) })));
  }
  const kept = found.slice(0, search.limit);
  const last = kept.at(-1);
  const next = found.length > search.limit && last ? { phase: last.phase, after: last.after } : undefined;
  return { items: kept.map(({ id }) => id), next };
}

/** How many runs a search would find in all. */
export async function countRuns(
  db: Db,
  experiments: readonly string[],
  { filter, view }: Pick<Search, 'filter' | 'view'>,
): Promise<number> {
  const ids = (await experimentIds(db.read, experiments)).map(({ id }) => id);
  if (ids.length === 0) return 0;
  const scope: RunScope = { dialect: db.dialect, experiments: ids };
  const where = scopeOf({ view }, scope);
  if (filter) where.push(filterSql(filter, (condition) => runCondition(condition, scope, sql`r.id`)));
  const { rows } = await sql<{ n: number }>`select count(*) as n from tracking_runs r where ${sql.join(where, sql` and `)}`.execute(
    db.read,
  );
  return Number(rows[0]?.n ?? 0);
}

interface FoundRun extends PagePlace {
  readonly id: number;
}

interface Find {
  readonly search: Search;
  readonly scope: RunScope;
  readonly phase: Phase;
  readonly place: PagePlace | undefined;
  readonly limit: number;
}

type FoundRow = Record<string, number | string | null> & { readonly id: number };

async function findRuns(db: Db, find: Find): Promise<FoundRow[]> {
  const { search, phase, limit } = find;
  const { conditions, among } = await howToFind(db, find);
  const scope: RunScope = { ...find.scope, conditions };
  const where = whereOf(find);
  if (search.filter) where.push(filterSql(search.filter, conditionOf(phase, scope)));
  const rows =
    await sql<FoundRow>`select r.id, ${sql.join(phase.order.select)} from ${tablesOf(phase, scope, among)} ${sql.join(phase.joins, sql` `)}
    where ${sql.join(where, sql` and `)} order by ${phase.order.orderBy} limit ${limit}`.execute(db.read);
  return rows.rows;
}

function whereOf({ search, scope, phase, place }: Find): RawBuilder<SqlBool>[] {
  const where = [...phase.where, ...scopeOf(search, scope)];
  if (!place) return where;
  const after = phase.order.after(place.after);
  if (!after) throw fail.pageTokenInvalid({});
  return [...where, after];
}

/** Runs that are looked at before a search to tell how often its filter is met. */
const PROBED = 200;
/** Where a page is full after so many runs, each is checked as it comes; listing the tens of thousands that meet a condition would cost ten times that. */
const MOST_LOOKED_UP = 10_000;
/** A condition that so few runs meet leads the search: they are checked and sorted. */
const FEW = 2000;

interface Plan {
  readonly conditions: 'listed' | 'looked up';
  /** Our own ids of the only runs that can match, where they are few. */
  readonly among?: readonly number[];
}

/** SQLite keeps no statistics here, so the database is asked how common matches are. Only the speed depends on the answer; Postgres plans by itself. */
async function howToFind(db: Db, find: Find): Promise<Plan> {
  const { search, scope } = find;
  if (db.dialect !== 'sqlite' || !search.filter) return { conditions: 'listed' };
  if (await fillsSoon(db, find, search.filter)) return { conditions: 'looked up' };
  for (const condition of required(search.filter)) {
    if (condition.entity === 'attribute' || condition.entity === 'dataset' || condition.comparison === 'IS NULL') continue;
    const { rows } = await sql<{ run: number }>`${runsMeeting(condition, scope)} limit ${FEW}`.execute(db.read);
    if (rows.length < FEW) return { conditions: 'looked up', among: rows.map(({ run }) => run) };
  }
  return { conditions: 'listed' };
}

/** Asks the first runs in the order how often the filter is met. */
async function fillsSoon(db: Db, find: Find, filter: Filter): Promise<boolean> {
  const { search, phase, limit, scope } = find;
  const [first] = search.order;
  const isWalked = phase.driver !== undefined || first === undefined || first.key === 'start_time';
  if (!isWalked) return false;
  const isMet = filterSql(filter, conditionOf(phase, { ...scope, conditions: 'looked up' }));
  const { rows } = await sql<{ passed: number; met: number | null }>`select count(*) as passed, sum(is_met) as met from
    (select ${isMet} as is_met from ${tablesOf(phase, scope)} ${sql.join(phase.joins, sql` `)}
    where ${sql.join(whereOf(find), sql` and `)} order by ${phase.order.orderBy} limit ${PROBED})`.execute(db.read);
  const { passed, met } = rows[0] ?? { passed: 0, met: 0 };
  return passed < PROBED || (limit * PROBED) / (met ?? 0) <= MOST_LOOKED_UP;
}

/** SQLite keeps the order of a CROSS JOIN: the given runs, or the index of the key that sorts, are walked, and each run looked up. */
function tablesOf({ driver }: Phase, { dialect }: RunScope, among?: readonly number[]): RawBuilder<unknown> {
  const given = among && sql`json_each(${JSON.stringify(among)}) c cross join`;
  if (!driver) return given ? sql`${given} tracking_runs r on r.id = c.value` : sql`tracking_runs r`;
  if (given) return sql`${given} ${driver.table} on o.run = c.value cross join tracking_runs r on r.id = o.run`;
  return dialect === 'sqlite'
    ? sql`${driver.table} cross join tracking_runs r on r.id = o.run`
    : sql`${driver.table} join tracking_runs r on r.id = o.run`;
}

function scopeOf({ view }: Pick<Search, 'view'>, { dialect, experiments }: RunScope): RawBuilder<SqlBool>[] {
  return [within(dialect, sql`r.experiment`, experiments), sql`r.lifecycle_stage in (${sql.join(stagesOf(view))})`];
}

/** A condition on the key that is walked is said of the row at hand; one on another key is checked before the run is looked up. */
function conditionOf({ driver, number }: Phase, scope: RunScope): (condition: Condition) => RawBuilder<SqlBool> {
  if (!driver) return (condition) => runCondition(condition, scope, sql`r.id`);
  return (condition) => {
    if (!driver.holds(condition)) return runCondition(condition, scope, sql`o.run`);
    if (condition.comparison === 'IS NOT NULL') return sql`1 = 1`;
    if (number === 1) return condition.comparison === '!=' ? sql`1 = 1` : sql`1 = 0`;
    return compareSql(scope.dialect, sql`o.value`, condition);
  };
}
