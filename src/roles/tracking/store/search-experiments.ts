import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Condition } from '#contract/http/mlflow/search-filter.ts';
import type { Database } from '#ports/database.ts';
import { compareSql, filterSql, keyset, keysOf, type SortTerm } from '#ports/search-sql.ts';
import type { Experiment, Page, Search } from '../entities.ts';
import { fail } from '../errors.ts';
import type { TrackingTables } from '../tables.ts';
import { among, grouped, stagesOf } from './rows.ts';

type Db = Database<TrackingTables>;

export async function searchExperiments(db: Db, search: Search): Promise<Page<Experiment>> {
  const order = keyset(db.dialect, terms(search));
  const where: RawBuilder<SqlBool>[] = [sql`e.lifecycle_stage in (${sql.join(stagesOf(search.view))})`];
  if (search.filter) where.push(filterSql(search.filter, (condition) => conditionSql(db, condition)));
  if (search.place) {
    const after = order.after(search.place.after);
    if (!after) throw fail.pageTokenInvalid({});
    where.push(after);
  }
  const found = await sql<{
    id: number;
  }>`select e.id, ${sql.join(order.select)} from tracking_experiments e where ${sql.join(where, sql` and `)}
    order by ${order.orderBy} limit ${search.limit + 1}`.execute(db.read);
  const kept = found.rows.slice(0, search.limit);
  const last = kept.at(-1);
  const next = found.rows.length > search.limit && last ? { phase: 0, after: keysOf({ ...last }) } : undefined;
  return {
    items: await load(
      db,
      kept.map(({ id }) => id),
    ),
    next,
  };
}

const COLUMNS: Readonly<Record<string, RawBuilder<unknown>>> = {
  name: sql`e.name`,
  experiment_id: sql`e.experiment_id`,
  creation_time: sql`e.creation_time`,
  last_update_time: sql`e.last_update_time`,
};

function conditionSql(db: Db, condition: Condition): RawBuilder<SqlBool> {
  if (condition.entity === 'attribute') return compareSql(db.dialect, COLUMNS[condition.key] as RawBuilder<unknown>, condition);
  const tagged = sql`select experiment from tracking_experiment_tags where key = ${condition.key}`;
  if (condition.comparison === 'IS NULL') return sql`e.id not in (${tagged})`;
  return sql`e.id in (${tagged} and ${compareSql(db.dialect, sql`value`, condition)})`;
}

/** Text ids of integers are in numeric order when the shorter comes first. */
const byId = (descending: boolean): SortTerm[] => [
  { by: sql`length(e.experiment_id)`, descending },
  { by: COLUMNS['experiment_id'] as RawBuilder<unknown>, descending, text: true },
];

function terms({ order }: Search): SortTerm[] {
  if (order.length === 0) return [{ by: sql`e.creation_time`, descending: true }, ...byId(false)];
  const asked = order.flatMap(({ key, descending }) =>
    key === 'experiment_id' ? byId(descending) : [{ by: COLUMNS[key] as RawBuilder<unknown>, descending, text: key === 'name' }],
  );
  return order.some(({ key }) => key === 'experiment_id') ? asked : [...asked, ...byId(true)];
}

async function load(db: Db, ids: readonly number[]): Promise<Experiment[]> {
  if (ids.length === 0) return [];
  const rows = await db.read
    .selectFrom('tracking_experiments')
    .selectAll()
    .where((e) => among(db.dialect, e.ref('id'), ids))
    .execute();
  const tags = await db.read
    .selectFrom('tracking_experiment_tags')
    .selectAll()
    .where((e) => among(db.dialect, e.ref('experiment'), ids))
    .execute();
  const tagsOf = grouped(
    tags,
    (tag) => tag.experiment,
    ({ key, value }) => ({ key, value }),
  );
  const byOwnId = new Map(rows.map(({ id, ...row }) => [id, { ...row, tags: tagsOf.get(id) ?? [] }]));
  return ids.flatMap((id) => byOwnId.get(id) ?? []);
}
