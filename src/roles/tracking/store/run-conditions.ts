import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Condition, Entity } from '#contract/http/mlflow/search-filter.ts';
import type { Dialect } from '#ports/database.ts';
import { compareSql, type SortTerm } from '#ports/search-sql.ts';
import { within } from './rows.ts';

/** Where a search of runs looks. */
export interface RunScope {
  readonly dialect: Dialect;
  /** Our own ids. */
  readonly experiments: readonly number[];
  /** `looked up`: conditions on keys are checked run by run, which is cheap where few runs are passed; else the runs that meet them are listed once. */
  readonly conditions?: 'listed' | 'looked up';
}

const TABLES: Readonly<Partial<Record<Entity, RawBuilder<unknown>>>> = {
  metric: sql`tracking_latest_metrics`,
  param: sql`tracking_params`,
  tag: sql`tracking_tags`,
};

/** The table of a keyed collection of runs. */
export function keyedTable(entity: Entity): RawBuilder<unknown> {
  const table = TABLES[entity];
  if (!table) throw new Error(`${entity} has no table of keys`);
  return table;
}

const TEXT_COLUMNS: Readonly<Record<string, RawBuilder<unknown>>> = {
  run_id: sql`r.run_id`,
  run_name: sql`r.name`,
  user_id: sql`r.user_id`,
  status: sql`r.status`,
  artifact_uri: sql`r.artifact_uri`,
};
const NUMBER_COLUMNS: Readonly<Record<string, RawBuilder<unknown>>> = { start_time: sql`r.start_time`, end_time: sql`r.end_time` };
const EXPERIMENT_ID = sql`(select x.experiment_id from tracking_experiments x where x.id = r.experiment)`;

/** How an attribute sorts. */
export function runAttribute(key: string): SortTerm[] {
  const number = NUMBER_COLUMNS[key];
  if (number) return [{ by: number, nullable: key === 'end_time' }];
  if (key === 'duration') return [{ by: sql`(r.end_time - r.start_time)`, nullable: true }];
  if (key === 'experiment_id') return [{ by: sql`length(${EXPERIMENT_ID})` }, { by: EXPERIMENT_ID, text: true }];
  return [{ by: TEXT_COLUMNS[key] as RawBuilder<unknown>, text: true }];
}

/** Characters of a parameter or tag that its index holds (migration 0001). */
export const INDEXED_CHARACTERS = 120;

/**
 * One condition as SQL over `tracking_runs r`, whose id is also found at `run`. A run without the key does not match, whatever the comparison (but for IS NULL): so MLflow.
 * NaN is unequal to every number and neither above nor below.
 */
export function runCondition(condition: Condition, scope: RunScope, run: RawBuilder<unknown>): RawBuilder<SqlBool> {
  const { entity, key, comparison } = condition;
  if (entity === 'attribute') {
    const column = NUMBER_COLUMNS[key] ?? TEXT_COLUMNS[key] ?? EXPERIMENT_ID;
    return compareSql(scope.dialect, column, condition);
  }
  if (entity === 'dataset') return datasetCondition(condition, scope, run);
  if (scope.conditions === 'looked up') return lookedUp(condition, scope, run);
  return comparison === 'IS NULL' ? sql`${run} not in (${havingKey(condition, scope)})` : sql`${run} in (${runsMeeting(condition, scope)})`;
}

function havingKey({ entity, key }: Condition, { dialect, experiments }: RunScope): RawBuilder<unknown> {
  return sql`select k.run from ${keyedTable(entity)} k where ${within(dialect, sql`k.experiment`, experiments)} and k.key = ${key}`;
}

/** The runs that meet a condition on a key, other than that it be missing. */
export function runsMeeting(condition: Condition, scope: RunScope): RawBuilder<unknown> {
  const { entity, comparison } = condition;
  const keyed = havingKey(condition, scope);
  if (comparison === 'IS NOT NULL') return keyed;
  const compared = compareSql(scope.dialect, sql`k.value`, condition);
  if (entity === 'metric') {
    return comparison === '!=' ? sql`${keyed} and (${compared} or k.is_nan = 1)` : sql`${keyed} and ${compared} and k.is_nan = 0`;
  }
  // The index holds the beginnings of values; saying them again lets it be used.
  const beginning = [...String(condition.value)].slice(0, INDEXED_CHARACTERS).join('');
  const head = comparison === '=' ? sql`and substr(k.value, 1, ${sql.lit(INDEXED_CHARACTERS)}) = ${beginning}` : sql``;
  return sql`${keyed} ${head} and ${compared}`;
}

/** The same by the primary key of the keyed table. */
function lookedUp(condition: Condition, { dialect }: RunScope, run: RawBuilder<unknown>): RawBuilder<SqlBool> {
  const { entity, key, comparison } = condition;
  const keyed = sql`select 1 from ${keyedTable(entity)} k where k.run = ${run} and k.key = ${key}`;
  // Without the offset Postgres makes a join of it, which lists all runs that meet the condition first.
  const end = dialect === 'postgres' ? sql` offset 0` : sql``;
  if (comparison === 'IS NULL') return sql`not exists (${keyed}${end})`;
  if (comparison === 'IS NOT NULL') return sql`exists (${keyed}${end})`;
  const compared = compareSql(dialect, sql`k.value`, condition);
  if (entity !== 'metric') return sql`exists (${keyed} and ${compared}${end})`;
  return comparison === '!='
    ? sql`exists (${keyed} and (${compared} or k.is_nan = 1)${end})`
    : sql`exists (${keyed} and ${compared} and k.is_nan = 0${end})`;
}

function datasetCondition(condition: Condition, { dialect }: RunScope, run: RawBuilder<unknown>): RawBuilder<SqlBool> {
  if (condition.key === 'context') {
    return sql`${run} in (select t.run from tracking_dataset_input_tags t where t.key = 'mlflow.data.context' and ${compareSql(dialect, sql`t.value`, condition)})`;
  }
  const column = condition.key === 'name' ? sql`d.name` : sql`d.digest`;
  return sql`${run} in (select i.run from tracking_datasets d join tracking_dataset_inputs i on i.dataset = d.id where ${compareSql(dialect, column, condition)})`;
}
