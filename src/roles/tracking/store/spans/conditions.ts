import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Condition, Filter } from '#contract/http/mlflow/search-filter.ts';
import type { Dialect } from '#ports/database.ts';
import { compareSql, filterSql } from '#ports/search-sql.ts';

const COLUMNS: Readonly<Record<string, RawBuilder<unknown>>> = {
  name: sql`s.name`,
  type: sql`s.type`,
  status: sql`s.status`,
  content: sql`s.content`,
};
const ATTRIBUTES = 'attributes.';

/**
 * A filter of traces: conditions on spans that are joined by AND have to be met by one and the same span.
 *
 * @param one says in SQL, over `tracking_traces t`, a condition that is not on spans
 */
export function traceFilterSql(dialect: Dialect, filter: Filter, one: (condition: Condition) => RawBuilder<SqlBool>): RawBuilder<SqlBool> {
  const ofSpan = (part: Filter): part is { readonly condition: Condition } => 'condition' in part && part.condition.entity === 'span';
  if (ofSpan(filter)) return someSpan(dialect, [filter.condition]);
  if ('condition' in filter) return filterSql(filter, one);
  if ('or' in filter) return joined(dialect, filter.or, { one, by: sql` or ` });
  const spans = filter.and.filter(ofSpan).map(({ condition }) => condition);
  const others = filter.and.filter((part) => !ofSpan(part));
  if (spans.length === 0) return joined(dialect, others, { one, by: sql` and ` });
  const met = someSpan(dialect, spans);
  return others.length === 0 ? met : sql`(${joined(dialect, others, { one, by: sql` and ` })} and ${met})`;
}

interface Joining {
  readonly one: (condition: Condition) => RawBuilder<SqlBool>;
  readonly by: RawBuilder<unknown>;
}

function joined(dialect: Dialect, parts: readonly Filter[], { one, by }: Joining): RawBuilder<SqlBool> {
  return sql`(${sql.join(
    parts.map((part) => traceFilterSql(dialect, part, one)),
    by,
  )})`;
}

function someSpan(dialect: Dialect, conditions: readonly Condition[]): RawBuilder<SqlBool> {
  const met = conditions.map((condition) => spanCondition(dialect, condition));
  return sql`exists (select 1 from tracking_spans s where s.trace = t.id and ${sql.join(met, sql` and `)})`;
}

function spanCondition(dialect: Dialect, { key, comparison, value }: Condition): RawBuilder<SqlBool> {
  if (!key.startsWith(ATTRIBUTES)) return compareSql(dialect, COLUMNS[key] as RawBuilder<unknown>, { comparison, value });
  const name = JSON.stringify(key.slice(ATTRIBUTES.length));
  const holds = (text: string) =>
    dialect === 'sqlite' ? sql<SqlBool>`instr(s.content, ${text}) > 0` : sql<SqlBool>`strpos(s.content, ${text}) > 0`;
  switch (comparison) {
    case 'LIKE':
    case 'ILIKE':
      // As upstream: the pattern goes over all that follows the name in the span's text.
      return compareSql(dialect, sql`s.content`, { comparison, value: `%${name}${value}%` });
    case 'IS NULL':
      return sql`not ${holds(`${name}: "`)}`;
    case 'IS NOT NULL':
      return holds(`${name}: "`);
    default: {
      // A text, or what else is written so in JSON. Attributes are JSON within JSON.
      const values = [value].flat().map(String);
      const any = values.flatMap((each) => [JSON.stringify(each), each]).map((json) => holds(`${name}: ${JSON.stringify(json)}`));
      const some = sql<SqlBool>`(${sql.join(any, sql` or `)})`;
      return comparison === '=' || comparison === 'IN' ? some : sql`not ${some}`;
    }
  }
}
