import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Condition } from '#contract/http/mlflow/search-filter.ts';
import type { Database } from '#ports/database.ts';
import { held, howManyFit } from '#ports/pages/page-bytes.ts';
import { compareSql, filterSql, keyset, type SortTerm } from '#ports/search-sql.ts';
import type { Page, Search } from '../../entities.ts';
import { pageOfIds } from '../../store/read/page-of-ids.ts';
import type { DatasetTables } from '../tables.ts';
import { type Dataset, loadDatasets } from './rows.ts';

type Db = Database<DatasetTables>;

/** Of all experiments when none are named. */
export async function searchDatasets(db: Db, experimentIds: readonly string[], search: Search): Promise<Page<Dataset>> {
  const order = keyset(db.dialect, terms(search));
  const where: RawBuilder<SqlBool>[] = [sql`1 = 1`];
  if (experimentIds.length > 0) {
    where.push(sql`d.id in (select dataset from tracking_eval_dataset_experiments where experiment_id in (${sql.join(experimentIds)}))`);
  }
  if (search.filter) where.push(filterSql(search.filter, (condition) => conditionSql(db, condition)));
  const from = { table: sql`tracking_eval_datasets d`, id: sql`d.id`, where, order };
  const { items, next } = await pageOfIds(db.read, {
    ...search,
    ...from,
    roomFor: (some) => howManyFit(db.read, { ...db, parts: PARTS }, some),
  });
  return { items: await loadDatasets(db.read, items), next };
}

const PARTS = [held('tracking_eval_datasets', 'id', ['schema']), held('tracking_eval_dataset_tags', 'dataset', ['key', 'value'])];

const COLUMNS: Readonly<Record<string, RawBuilder<unknown>>> = {
  name: sql`d.name`,
  created_by: sql`d.created_by`,
  last_updated_by: sql`d.last_updated_by`,
  created_time: sql`d.created_time`,
  last_update_time: sql`d.last_update_time`,
};

function conditionSql(db: Db, condition: Condition): RawBuilder<SqlBool> {
  if (condition.entity === 'attribute') return compareSql(db.dialect, COLUMNS[condition.key] as RawBuilder<unknown>, condition);
  const tagged = sql`select dataset from tracking_eval_dataset_tags where key = ${condition.key}`;
  if (condition.comparison === 'IS NULL') return sql`d.id not in (${tagged})`;
  return sql`d.id in (${tagged} and ${compareSql(db.dialect, sql`value`, condition)})`;
}

function terms({ order }: Search): SortTerm[] {
  const unique: SortTerm = { by: sql`d.dataset_id`, text: true };
  if (order.length === 0) return [{ by: sql`d.created_time`, descending: true }, unique];
  const asked = order.map(({ key, descending }) => ({ by: COLUMNS[key] as RawBuilder<unknown>, descending, text: key === 'name' }));
  return [...asked, unique];
}
