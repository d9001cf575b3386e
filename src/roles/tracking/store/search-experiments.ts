import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Condition } from '#contract/http/mlflow/search-filter.ts';
import type { Database } from '#ports/database.ts';
import { compareSql, filterSql, keyset, type SortTerm } from '#ports/search-sql.ts';
import type { Experiment, Page, Search } from '../entities.ts';
import type { TrackingTables } from '../tables.ts';
import { experimentsThatFit, loadExperiments } from './read/experiments.ts';
import { pageOfIds } from './read/page-of-ids.ts';
import { stagesOf } from './rows.ts';

type Db = Database<TrackingTables>;

export async function searchExperiments(db: Db, search: Search): Promise<Page<Experiment>> {
  const order = keyset(db.dialect, terms(search));
  const where: RawBuilder<SqlBool>[] = [sql`e.lifecycle_stage in (${sql.join(stagesOf(search.view))})`];
  if (search.filter) where.push(filterSql(search.filter, (condition) => conditionSql(db, condition)));
  const from = { table: sql`tracking_experiments e`, id: sql`e.id`, where, order };
  const { items, next } = await pageOfIds(db.read, { ...search, ...from, roomFor: (some) => experimentsThatFit(db, some) });
  return { items: (await loadExperiments(db, items)).map(({ experiment }) => experiment), next };
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
