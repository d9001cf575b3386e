import { sql } from 'kysely';
import type { PagePlace } from '#contract/http/mlflow/page-token.ts';
import type { Database } from '#ports/database.ts';
import { filterSql, keysOf } from '#ports/search-sql.ts';
import type { JsonSlice, Page, Run, Search } from '../entities.ts';
import type { TrackingTables } from '../tables.ts';
import { runToWire } from '../wire.ts';
import { fewMeeting, howToFind } from './read/how-to-find.ts';
import { conditionOf, type Find, type FoundRow, scopeOf, tablesOf, whereOf } from './read/run-query.ts';
import { loadRuns, runsThatFit } from './read/runs.ts';
import { among as isAmong, knownExperiments } from './rows.ts';
import { type RunScope, runCondition } from './run-conditions.ts';
import { phasesOf, undivided } from './run-order.ts';

type Db = Database<TrackingTables>;

/**
 * Runs of some experiments. When the first key of the order is a metric, parameter or tag, the search goes in phases: runs that have the key, then
 * runs that lack it. So each phase can walk an index in the order asked for and stop at the page's end, instead of sorting all runs.
 */
export async function searchRuns(db: Db, experiments: readonly string[], search: Search): Promise<Page<Run>> {
  const { items, next } = await searchRunIds(db, experiments, { search, roomFor: (ids) => runsThatFit(db, ids) });
  return { items: await loadRuns(db, items), next };
}

/** The same as JSON text, as the search answers it. */
export async function searchRunsJson(db: Db, experiments: readonly string[], search: Search): Promise<JsonSlice> {
  const { items, next } = await searchRuns(db, experiments, search);
  return { json: items.map((run) => JSON.stringify(runToWire(run, false))).join(), count: items.length, next };
}

interface Wanted {
  readonly search: Search;
  /** How many of the first of these runs fit on a page. */
  readonly roomFor: (ids: readonly number[]) => Promise<number>;
}

/** The same without what the runs hold: our own ids in the order asked for; fewer than asked for where more would take too much memory. */
export async function searchRunIds(db: Db, experiments: readonly string[], { search, roomFor }: Wanted): Promise<Page<number>> {
  const ids = await knownExperiments(db, experiments);
  if (ids.length === 0) return { items: [], next: undefined };
  const scope: RunScope = { dialect: db.dialect, experiments: ids };
  const few = db.dialect === 'postgres' ? await fewMeeting(db, search, scope) : undefined;
  if (few) {
    const page = await pageOfFew(db, { search, scope, few });
    if (page && (await roomFor(page.items)) === page.items.length) return page;
  }
  const found: FoundRun[] = [];
  for (const phase of phasesOf(search.order, search.filter, scope)) {
    const wanted = search.limit + 1 - found.length;
    if (wanted <= 0 || phase.number < (search.place?.phase ?? 0)) continue;
    const place = phase.number === search.place?.phase ? search.place : undefined;
    const part = await findRuns(db, { search, scope, phase, place, limit: wanted, few });
    found.push(...part.map((row) => ({ id: row.id, phase: phase.number, after: keysOf(row) })));
  }
  const wanted = found.slice(0, search.limit).map(({ id }) => id);
  const kept = found.slice(0, await roomFor(wanted));
  const last = kept.at(-1);
  const next = found.length > kept.length && last ? { phase: last.phase, after: last.after } : undefined;
  return { items: kept.map(({ id }) => id), next };
}

/** The page, if it is the first and only one: few runs need no parts to be sorted, and each part is a trip to Postgres. */
async function pageOfFew(
  db: Db,
  { search, scope, few }: Pick<Find, 'search' | 'scope'> & { readonly few: readonly number[] },
): Promise<Page<number> | undefined> {
  if (few.length === 0) return { items: [], next: undefined };
  if (search.place) return undefined;
  const limit = search.limit + 1;
  const rows = await findRuns(db, { search, scope, few, limit, phase: undivided(search.order, scope), place: undefined });
  return rows.length < limit ? { items: rows.map(({ id }) => id), next: undefined } : undefined;
}

/** How many runs a search would find in all. */
export async function countRuns(
  db: Db,
  experiments: readonly string[],
  { filter, view }: Pick<Search, 'filter' | 'view'>,
): Promise<number> {
  const ids = await knownExperiments(db, experiments);
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

async function findRuns(db: Db, find: Find): Promise<FoundRow[]> {
  const plan = await howToFind(db, find);
  if (plan.found) return [...plan.found];
  const { search, phase, limit } = find;
  const { conditions, among } = plan;
  const scope: RunScope = { ...find.scope, conditions };
  const where = whereOf(find);
  if (search.filter) where.push(filterSql(search.filter, conditionOf(phase, scope)));
  if (among && db.dialect === 'postgres') where.push(isAmong(db.dialect, phase.driver ? sql`o.run` : sql`r.id`, among));
  const rows =
    await sql<FoundRow>`select r.id, ${sql.join(phase.order.select)} from ${tablesOf(phase, scope, among)} ${sql.join(phase.joins, sql` `)}
    where ${sql.join(where, sql` and `)} order by ${phase.order.orderBy} limit ${sql.lit(limit)}`.execute(db.read);
  return rows.rows;
}
