import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { PagePlace } from '#contract/http/mlflow/page-token.ts';
import type { OrderKey } from '#contract/http/mlflow/search-order.ts';
import type { Database } from '#ports/database.ts';
import { filterSql, type Keyset, keyset, keysOf, type SortTerm } from '#ports/search-sql.ts';
import type { Page, Run, Search } from '../entities.ts';
import { fail } from '../errors.ts';
import type { TrackingTables } from '../tables.ts';
import { experimentIds, stagesOf } from './rows.ts';
import { keyedTable, type RunScope, runAttribute, runCondition } from './run-conditions.ts';
import { loadRuns } from './run-read.ts';

type Db = Database<TrackingTables>;

/**
 * Runs of some experiments. When the first key of the order is a metric, parameter or tag, the search goes in phases: runs that have the key
 * (for metrics: with a number, then with NaN), then runs that lack it. So each phase can walk an index in the order asked for and stop at the
 * page's end, instead of sorting all runs.
 */
export async function searchRuns(db: Db, experiments: readonly string[], search: Search): Promise<Page<Run>> {
  const ids = (await experimentIds(db.read, experiments)).map(({ id }) => id);
  if (ids.length === 0) return { items: [], next: undefined };
  const scope: RunScope = { dialect: db.dialect, experiments: ids };
  const phases = phasesOf(search.order, scope);
  const found: FoundRun[] = [];
  for (let phase = search.place?.phase ?? 0; phase < phases.length && found.length <= search.limit; phase++) {
    const place = phase === search.place?.phase ? search.place : undefined;
    const part = await findRuns(db, { search, scope, phase: phases[phase] as Phase, place, limit: search.limit + 1 - found.length });
    found.push(...part.map((row) => ({ id: row.id, phase, after: keysOf(row) })));
  }
  const kept = found.slice(0, search.limit);
  const last = kept.at(-1);
  const next = found.length > search.limit && last ? { phase: last.phase, after: last.after } : undefined;
  return {
    items: await loadRuns(
      db.read,
      db.dialect,
      kept.map(({ id }) => id),
    ),
    next,
  };
}

interface FoundRun extends PagePlace {
  readonly id: number;
}

/** Part of an order: what is joined beside the runs, what must hold, and how its rows are sorted. */
interface Phase {
  readonly driver: RawBuilder<unknown> | undefined;
  readonly joins: readonly RawBuilder<unknown>[];
  readonly where: readonly RawBuilder<SqlBool>[];
  readonly order: Keyset;
}

interface Find {
  readonly search: Search;
  readonly scope: RunScope;
  readonly phase: Phase;
  readonly place: PagePlace | undefined;
  readonly limit: number;
}

type FoundRow = Record<string, number | string | null> & { readonly id: number };

async function findRuns(db: Db, { search, scope, phase, place, limit }: Find): Promise<FoundRow[]> {
  const stages = stagesOf(search.view);
  const where = [sql<SqlBool>`r.experiment in (${sql.join(scope.experiments)})`, ...phase.where];
  where.push(sql`r.lifecycle_stage in (${sql.join(stages)})`);
  if (search.filter) where.push(filterSql(search.filter, (condition) => runCondition(condition, scope)));
  if (place) {
    const after = phase.order.after(place.after);
    if (!after) throw fail.pageTokenInvalid({});
    where.push(after);
  }
  // SQLite keeps the order of a CROSS JOIN: the index of the key that sorts is walked, and each run looked up.
  const cross = scope.dialect === 'sqlite' ? sql`cross join` : sql`inner join`;
  const from = phase.driver ? sql`${phase.driver} ${cross} tracking_runs r on r.id = o.run` : sql`tracking_runs r`;
  const rows = await sql<FoundRow>`select r.id, ${sql.join(phase.order.select)} from ${from} ${sql.join(phase.joins, sql` `)}
    where ${sql.join(where, sql` and `)} order by ${phase.order.orderBy} limit ${limit}`.execute(db.read);
  return rows.rows;
}

const TIES = (order: readonly OrderKey[]): SortTerm[] => {
  const names = order.flatMap(({ entity, key }) => (entity === 'attribute' ? [key] : []));
  const newest: SortTerm[] = names.includes('start_time') ? [] : [{ by: sql`r.start_time`, descending: true }];
  return names.includes('run_id') ? newest : [...newest, { by: sql`r.run_id`, text: true }];
};

function phasesOf(order: readonly OrderKey[], scope: RunScope): Phase[] {
  const [first, ...rest] = order;
  const ties = TIES(order);
  if (first === undefined || first.entity === 'attribute') {
    const { joins, terms } = sortTerms(order);
    return [{ driver: undefined, joins, where: [], order: keyset(scope.dialect, [...terms, ...ties]) }];
  }
  const { joins, terms } = sortTerms(rest);
  const table = keyedTable(first.entity);
  const inScope = sql<SqlBool>`o.experiment in (${sql.join(scope.experiments)}) and o.key = ${first.key}`;
  const value = (text: boolean): SortTerm => ({ by: sql`o.value`, descending: first.descending, text });
  const having = (extra: RawBuilder<SqlBool>, lead: readonly SortTerm[]): Phase => ({
    driver: sql`${table} o`,
    joins,
    where: [inScope, extra],
    order: keyset(scope.dialect, [...lead, ...terms, ...ties]),
  });
  const absent: Phase = {
    driver: undefined,
    joins,
    where: [sql`not exists (select 1 from ${table} o where o.run = r.id and o.key = ${first.key})`],
    order: keyset(scope.dialect, [...terms, ...ties]),
  };
  if (first.entity !== 'metric') return [having(sql`1 = 1`, [value(true)]), absent];
  return [having(sql`o.is_nan = 0`, [value(false)]), having(sql`o.is_nan = 1`, []), absent];
}

/** Keys after the first are joined: missing values last, NaN just before them. */
function sortTerms(order: readonly OrderKey[]): { joins: RawBuilder<unknown>[]; terms: SortTerm[] } {
  const joins: RawBuilder<unknown>[] = [];
  const terms = order.flatMap(({ entity, key, descending }, i): SortTerm[] => {
    if (entity === 'attribute') return runAttribute(key).map((term) => ({ ...term, descending }));
    const name = sql.ref(`s${i}`);
    joins.push(sql`left join ${keyedTable(entity)} ${name} on ${name}.run = r.id and ${name}.key = ${key}`);
    if (entity !== 'metric') return [{ by: sql`${name}.value`, descending, nullable: true, text: true }];
    const missing = sql`(case when ${name}.run is null then 2 else ${name}.is_nan end)`;
    return [{ by: missing }, { by: sql`coalesce(${name}.value, 0)`, descending }];
  });
  return { joins, terms };
}
