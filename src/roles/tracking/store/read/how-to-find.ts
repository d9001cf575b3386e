import { sql } from 'kysely';
import type { Filter } from '#contract/http/mlflow/search-filter.ts';
import type { Database } from '#ports/database.ts';
import { filterSql } from '#ports/search-sql.ts';
import type { Search } from '../../entities.ts';
import type { TrackingTables } from '../../tables.ts';
import { type RunScope, runsMeeting } from '../run-conditions.ts';
import { required } from '../run-order.ts';
import { conditionOf, type Find, type FoundRow, tablesOf, whereOf } from './run-query.ts';

type Db = Database<TrackingTables>;

/** Runs that are looked at before a search to tell how often its filter is met. */
const PROBED = 200;
/** Where a page is full after so many runs, each is checked as it comes; listing the tens of thousands that meet a condition would cost ten times that. */
const MOST_LOOKED_UP = 10_000;
/** A condition that so few runs meet leads the search: they are checked and sorted. */
const FEW = 2000;
const FEW_ON_POSTGRES = 200;
/** Runs that Postgres walks through for a page before it is asked otherwise. */
const LOOKED_THROUGH = 1000;

export interface Plan {
  readonly conditions: 'listed' | 'looked up';
  /** Our own ids of the only runs that can match, where they are few. */
  readonly among?: readonly number[];
  /** The rows themselves, where finding out was finding them. */
  readonly found?: readonly FoundRow[];
}

/** The database is asked how common matches are: SQLite keeps no statistics here, and those of Postgres know nothing of keys. Only the speed depends on the answer. */
export async function howToFind(db: Db, find: Find): Promise<Plan> {
  const { filter } = find.search;
  if (!filter) return { conditions: 'listed' };
  return db.dialect === 'postgres' ? howToFindOnPostgres(db, find, filter) : howToFindOnSqlite(db, find, filter);
}

async function howToFindOnSqlite(db: Db, find: Find, filter: Filter): Promise<Plan> {
  if (await fillsSoon(db, find, filter)) return { conditions: 'looked up' };
  for (const condition of required(filter)) {
    if (condition.entity === 'attribute' || condition.entity === 'dataset' || condition.comparison === 'IS NULL') continue;
    const { rows } = await sql<{ run: number }>`${runsMeeting(condition, find.scope)} limit ${FEW}`.execute(db.read);
    if (rows.length < FEW) return { conditions: 'looked up', among: rows.map(({ run }) => run) };
  }
  return { conditions: 'listed' };
}

/** Each question is a trip, so they are other ones: once for all conditions of the search, then for the page itself among the first runs in the order. */
async function howToFindOnPostgres(db: Db, find: Find, filter: Filter): Promise<Plan> {
  const { few, limit } = find;
  if (few) return { conditions: 'looked up', among: few };
  if (!isWalked(find)) return { conditions: 'listed' };
  const found = await foundSoon(db, find, filter);
  if (found.length >= limit) return { conditions: 'looked up', found };
  return { conditions: (limit * LOOKED_THROUGH) / found.length <= MOST_LOOKED_UP ? 'looked up' : 'listed' };
}

/** The runs that meet a condition of the filter, if there is one that an index answers and few meet. */
export async function fewMeeting(db: Db, { filter }: Search, scope: RunScope): Promise<readonly number[] | undefined> {
  const indexed = required(filter).filter(({ entity, comparison }) =>
    entity === 'metric' ? /^(?:[<>]=?|=)$/u.test(comparison) : (entity === 'param' || entity === 'tag') && comparison === '=',
  );
  if (indexed.length === 0) return undefined;
  const lists = indexed.map((condition, i) => {
    const some = sql`${runsMeeting(condition, scope)} limit ${sql.lit(FEW_ON_POSTGRES)}`;
    return sql`(select coalesce(json_agg(m.run), '[]') from (${some}) m) as ${sql.ref(`c${i}`)}`;
  });
  const { rows } = await sql<Record<string, readonly number[]>>`select ${sql.join(lists)}`.execute(db.read);
  return Object.values(rows[0] ?? {}).find((runs) => runs.length < FEW_ON_POSTGRES);
}

/** The page's rows that are among the first runs in the order: the inner rows come in it, and are only taken while the page is not full. */
async function foundSoon(db: Db, find: Find, filter: Filter): Promise<readonly FoundRow[]> {
  const { phase, scope, limit } = find;
  const isMet = filterSql(filter, conditionOf(phase, { ...scope, conditions: 'looked up' }));
  const { rows } = await sql<FoundRow & { is_met: true }>`select * from
    (select r.id, ${sql.join(phase.order.select)}, ${isMet} as is_met from ${tablesOf(phase, scope)} ${sql.join(phase.joins, sql` `)}
    where ${sql.join(whereOf(find), sql` and `)} order by ${phase.order.orderBy} limit ${sql.lit(LOOKED_THROUGH)}) w
    where is_met limit ${sql.lit(limit)}`.execute(db.read);
  return rows;
}

function isWalked({ search, phase }: Find): boolean {
  const [first] = search.order;
  return phase.driver !== undefined || first === undefined || first.key === 'start_time';
}

/** Asks the first runs in the order how often the filter is met. */
async function fillsSoon(db: Db, find: Find, filter: Filter): Promise<boolean> {
  const { phase, limit, scope } = find;
  if (!isWalked(find)) return false;
  const isMet = filterSql(filter, conditionOf(phase, { ...scope, conditions: 'looked up' }));
  const { rows } = await sql<{ passed: number; met: number | null }>`select count(*) as passed, sum(is_met) as met from
    (select ${isMet} as is_met from ${tablesOf(phase, scope)} ${sql.join(phase.joins, sql` `)}
    where ${sql.join(whereOf(find), sql` and `)} order by ${phase.order.orderBy} limit ${PROBED})`.execute(db.read);
  const { passed, met } = rows[0] ?? { passed: 0, met: 0 };
  return passed < PROBED || (limit * PROBED) / (met ?? 0) <= MOST_LOOKED_UP;
}
