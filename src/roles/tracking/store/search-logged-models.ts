import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Condition } from '#contract/http/mlflow/search-filter.ts';
import type { OrderKey } from '#contract/http/mlflow/search-order.ts';
import type { Database } from '#ports/database.ts';
import { held, howManyFit } from '#ports/pages/page-bytes.ts';
import { compareSql, filterSql, keyset, type SortTerm } from '#ports/search-sql.ts';
import type { LoggedModel, Page, Search } from '../entities.ts';
import type { TrackingTables } from '../tables.ts';
import { loadLoggedModels } from './logged-models.ts';
import { pageOfIds } from './read/page-of-ids.ts';
import { experimentIds, stagesOf, within } from './rows.ts';

type Db = Database<TrackingTables>;

export interface DatasetFilter {
  readonly name: string;
  readonly digest?: string;
}

export interface LoggedModelSearch extends Search {
  readonly experiments: readonly string[];
  /** Metric conditions count only what was measured on one of these, if any are given. */
  readonly datasets: readonly DatasetFilter[];
}

export async function searchLoggedModels(db: Db, search: LoggedModelSearch): Promise<Page<LoggedModel>> {
  const experiments = (await experimentIds(db.read, search.experiments)).map(({ id }) => id);
  if (experiments.length === 0) return { items: [], next: undefined };
  const where: RawBuilder<SqlBool>[] = [
    within(db.dialect, sql`m.experiment`, experiments),
    sql`m.lifecycle_stage in (${sql.join(stagesOf(search.view))})`,
  ];
  if (search.filter) where.push(filterSql(search.filter, (condition) => conditionSql(db, condition, search.datasets)));
  if (search.datasets.length > 0)
    where.push(sql`m.id in (select model from tracking_logged_model_metrics where ${onDatasets(search.datasets)})`);
  const order = keyset(db.dialect, terms(search.order));
  const from = { table: sql`tracking_logged_models m`, id: sql`m.id`, where, order };
  const { items, next } = await pageOfIds(db.read, {
    ...search,
    ...from,
    roomFor: (some) => howManyFit(db.read, { ...db, parts: PARTS }, some),
  });
  return { items: await loadLoggedModels(db.read, db.dialect, items), next };
}

const PARTS = [
  held('tracking_logged_model_params', 'model', ['key', 'value']),
  held('tracking_logged_model_tags', 'model', ['key', 'value']),
  held('tracking_logged_model_metrics', 'model', ['key', 'run_id', 'dataset_name', 'dataset_digest']),
];

const TEXT: Readonly<Record<string, RawBuilder<unknown>>> = {
  name: sql`m.name`,
  model_id: sql`m.model_id`,
  model_type: sql`m.model_type`,
  // Clients name a state as they show it (READY), the wire as LOGGED_MODEL_READY.
  status: sql`replace(replace(m.status, 'LOGGED_MODEL_UPLOAD_', ''), 'LOGGED_MODEL_', '')`,
  source_run_id: sql`m.source_run_id`,
  experiment_id: sql`(select x.experiment_id from tracking_experiments x where x.id = m.experiment)`,
};
const NUMBERS: Readonly<Record<string, RawBuilder<unknown>>> = {
  creation_timestamp: sql`m.creation_time`,
  last_updated_timestamp: sql`m.last_update_time`,
};

function conditionSql(db: Db, condition: Condition, datasets: readonly DatasetFilter[]): RawBuilder<SqlBool> {
  const { entity, key, comparison } = condition;
  if (entity === 'attribute') {
    if (key !== 'status') return compareSql(db.dialect, (NUMBERS[key] ?? TEXT[key]) as RawBuilder<unknown>, condition);
    const plain = (value: string) => value.replace(/^LOGGED_MODEL_(?:UPLOAD_)?/u, '');
    const value =
      typeof condition.value === 'string'
        ? plain(condition.value)
        : Array.isArray(condition.value)
          ? condition.value.map(plain)
          : condition.value;
    return compareSql(db.dialect, TEXT['status'] as RawBuilder<unknown>, { comparison, value });
  }
  const table =
    entity === 'metric'
      ? sql`tracking_logged_model_metrics`
      : entity === 'param'
        ? sql`tracking_logged_model_params`
        : sql`tracking_logged_model_tags`;
  const keyed = sql`select model from ${table} where key = ${key}`;
  if (comparison === 'IS NULL') return sql`m.id not in (${keyed})`;
  const on = entity === 'metric' && datasets.length > 0 ? sql`and ${onDatasets(datasets)}` : sql``;
  const number = entity === 'metric' ? sql`and is_nan = 0` : sql``;
  return sql`m.id in (${keyed} and ${compareSql(db.dialect, sql`value`, condition)} ${number} ${on})`;
}

function onDatasets(datasets: readonly DatasetFilter[]): RawBuilder<SqlBool> {
  const each = datasets.map(({ name, digest }) =>
    digest === undefined ? sql`dataset_name = ${name}` : sql`(dataset_name = ${name} and dataset_digest = ${digest})`,
  );
  return sql`(${sql.join(each, sql` or `)})`;
}

function terms(order: readonly OrderKey[]): SortTerm[] {
  const asked = order.map(({ entity, key, descending, dataset }): SortTerm => {
    if (entity === 'attribute')
      return { by: (NUMBERS[key] ?? TEXT[key]) as RawBuilder<unknown>, descending, text: TEXT[key] !== undefined };
    const on = dataset ? sql`and ${onDatasets([dataset])}` : sql``;
    const latest = sql`(select value from tracking_logged_model_metrics where model = m.id and key = ${key} and is_nan = 0 ${on}
      order by timestamp desc, step desc, run_id limit 1)`;
    return { by: latest, descending, nullable: true };
  });
  const names = order.flatMap(({ entity, key }) => (entity === 'attribute' ? [key] : []));
  const newest: SortTerm[] = names.includes('creation_timestamp') ? [] : [{ by: sql`m.creation_time`, descending: true }];
  const unique: SortTerm[] = names.includes('model_id') ? [] : [{ by: sql`m.model_id`, text: true }];
  return [...asked, ...newest, ...unique];
}
