import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Condition, Filter } from '#contract/http/mlflow/search-filter.ts';
import type { Database } from '#ports/database.ts';
import { held, howManyFit } from '#ports/pages/page-bytes.ts';
import { compareSql, keyset, type SortTerm } from '#ports/search-sql.ts';
import type { Page, Search, Trace } from '../entities.ts';
import { fail } from '../errors.ts';
import type { TrackingTables } from '../tables.ts';
import { pageOfIds } from './read/page-of-ids.ts';
import { experimentIds, within } from './rows.ts';
import { traceFilterSql } from './spans/conditions.ts';
import { saidCondition } from './spans/said-conditions.ts';
import { loadTraces } from './traces.ts';

type Db = Database<TrackingTables>;

export async function searchTraces(db: Db, experiments: readonly string[], search: Search): Promise<Page<Trace>> {
  const ids = (await experimentIds(db.read, experiments)).map(({ id }) => id);
  if (ids.length === 0) return { items: [], next: undefined };
  const order = keyset(db.dialect, terms(search));
  const where: RawBuilder<SqlBool>[] = [within(db.dialect, sql`t.experiment`, ids)];
  if (search.filter) where.push(traceFilterSql(db.dialect, search.filter, (condition) => conditionSql(db, condition, ids)));
  const from = { table: sql`tracking_traces t`, id: sql`t.id`, where, order };
  const { items, next } = await pageOfIds(db.read, {
    ...search,
    ...from,
    roomFor: (some) => howManyFit(db.read, { ...db, parts: PARTS }, some),
  });
  return { items: await loadTraces(db.read, db.dialect, items), next };
}

export interface TraceCounts {
  readonly total: number;
  readonly first: number;
  readonly second: number;
  readonly joint: number;
}

/** How many of the traces that meet `base` meet one, the other, and both. */
export async function countTraces(
  db: Db,
  experiments: readonly string[],
  { base, one, two }: Readonly<Record<'base' | 'one' | 'two', Filter | undefined>>,
): Promise<TraceCounts> {
  const ids = (await experimentIds(db.read, experiments)).map(({ id }) => id);
  if (ids.length === 0) return { total: 0, first: 0, second: 0, joint: 0 };
  const meets = (filter: Filter | undefined): RawBuilder<SqlBool> =>
    filter ? traceFilterSql(db.dialect, filter, (condition) => conditionSql(db, condition, ids)) : sql`1 = 1`;
  const { rows } = await sql<Record<keyof TraceCounts, number | string | null>>`
    select count(*) as total, sum(first) as first, sum(second) as second, sum(first * second) as joint from (
      select case when ${meets(one)} then 1 else 0 end as first, case when ${meets(two)} then 1 else 0 end as second
      from tracking_traces t where ${within(db.dialect, sql`t.experiment`, ids)} and ${meets(base)}) counted`.execute(db.read);
  const count = (of: keyof TraceCounts): number => Number(rows[0]?.[of] ?? 0);
  return { total: count('total'), first: count('first'), second: count('second'), joint: count('joint') };
}

const PARTS = [
  held('tracking_traces', 'id', ['request_preview', 'response_preview']),
  held('tracking_trace_tags', 'trace', ['key', 'value']),
  held('tracking_trace_metadata', 'trace', ['key', 'value']),
  held('tracking_trace_assessments', 'trace', ['body']),
];

const COLUMNS: Readonly<Record<string, SortTerm>> = {
  trace_id: { by: sql`t.trace_id`, text: true },
  status: { by: sql`t.state`, text: true },
  client_request_id: { by: sql`t.client_request_id`, text: true },
  name: { by: sql`(select value from tracking_trace_tags where trace = t.id and key = 'mlflow.traceName')`, text: true, nullable: true },
  run_id: {
    by: sql`(select value from tracking_trace_metadata where trace = t.id and key = 'mlflow.sourceRun')`,
    text: true,
    nullable: true,
  },
  timestamp_ms: { by: sql`t.request_time` },
  execution_time_ms: { by: sql`t.duration_ms`, nullable: true },
  end_time_ms: { by: sql`(t.request_time + coalesce(t.duration_ms, 0))` },
  experiment_id: { by: sql`t.experiment` },
};

function conditionSql(db: Db, condition: Condition, experiments: readonly number[]): RawBuilder<SqlBool> {
  const { entity, key, comparison } = condition;
  if (entity === 'feedback' || entity === 'expectation') return saidCondition(condition, { dialect: db.dialect, experiments });
  if (entity === 'prompt') return withPrompt(condition);
  // Issues are not kept here, so no trace has any.
  if (entity === 'issue') return sql`1 = 0`;
  if (entity === 'attribute' && key === 'run_id') return ofRun(db, condition);
  if (entity === 'attribute') return compareSql(db.dialect, (COLUMNS[key] as SortTerm).by, condition);
  const table = entity === 'param' ? sql`tracking_trace_metadata` : sql`tracking_trace_tags`;
  const keyed = sql`select trace from ${table} where key = ${key}`;
  if (comparison === 'IS NULL') return sql`t.id not in (${keyed})`;
  return sql`t.id in (${keyed} and ${compareSql(db.dialect, sql`value`, condition)})`;
}

function withPrompt({ value }: Condition): RawBuilder<SqlBool> {
  if (String(value).split('/').length !== 2) {
    const detail = `Invalid prompts filter value '${value}'. Expected format: prompt = "name/version"`;
    throw fail.searchInvalid({ detail, errors: [] });
  }
  return sql`t.id in (select trace from tracking_trace_prompts where prompt = ${value})`;
}

/** A trace is of the run that it was made in and of those that it was linked to. */
function ofRun(db: Db, { comparison, value }: Condition): RawBuilder<SqlBool> {
  const negated = { '!=': '=', 'NOT IN': 'IN', 'IS NULL': 'IS NOT NULL' } as const;
  const opposite = negated[comparison as keyof typeof negated];
  if (opposite) return sql`not ${ofRun(db, { entity: 'attribute', key: 'run_id', comparison: opposite, value })}`;
  const matches = (column: RawBuilder<unknown>) => compareSql(db.dialect, column, { comparison, value });
  return sql`(t.id in (select trace from tracking_trace_metadata where key = 'mlflow.sourceRun' and ${matches(sql`value`)})
    or t.id in (select trace from tracking_trace_runs where ${matches(sql`run_id`)}))`;
}

/** Where traces are equal in the order that was asked for, the newest comes first. */
function terms({ order }: Search): SortTerm[] {
  const asked = order.map(({ key, descending }): SortTerm => ({ ...(COLUMNS[key] as SortTerm), descending }));
  const newest: SortTerm[] = order.some(({ key }) => key === 'timestamp_ms') ? [] : [{ by: sql`t.request_time`, descending: true }];
  return [...asked, ...newest, { by: sql`t.trace_id`, text: true }];
}
