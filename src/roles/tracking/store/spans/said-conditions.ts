import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Condition } from '#contract/http/mlflow/search-filter.ts';
import type { Dialect } from '#ports/database.ts';
import { compareSql } from '#ports/search-sql.ts';
import { within } from '../rows.ts';

interface Scope {
  readonly dialect: Dialect;
  /** Our own ids. */
  readonly experiments: readonly number[];
}

const SESSION = 'mlflow.trace.session';

/**
 * A condition on what was said of a trace, over `tracking_traces t`. What was said of a session counts for each of its traces; a comparison looks at the value
 * as JSON, so a text may be given with its quotes or without.
 */
export function saidCondition(condition: Condition, scope: Scope): RawBuilder<SqlBool> {
  const { comparison } = condition;
  const values = comparison === 'IS NULL' || comparison === 'IS NOT NULL' ? sql<SqlBool>`1 = 1` : valueCondition(condition, scope.dialect);
  const said = sql`a.valid = 1 and ${isNamed(condition, scope.dialect)} and ${values}`;
  const direct = sql`t.id in (select a.trace from tracking_trace_assessments a where ${said})`;
  const session = sql`t.id in (select m.trace from tracking_trace_metadata m where m.key = ${SESSION} and m.value in (
    select ms.value from tracking_trace_assessments a join tracking_traces ta on ta.id = a.trace
    join tracking_trace_metadata ms on ms.trace = a.trace and ms.key = ${SESSION}
    where ${within(scope.dialect, sql`ta.experiment`, scope.experiments)} and ${said} and ${ofSession(scope.dialect)}))`;
  return comparison === 'IS NULL' ? sql`not (${direct} or ${session})` : sql`(${direct} or ${session})`;
}

/** A part of what was said, as JSON text. */
function part(dialect: Dialect, ...path: readonly string[]): RawBuilder<string> {
  if (dialect === 'sqlite') return sql`(a.body -> ${`$.${path.map((name) => `"${name}"`).join('.')}`})`;
  return sql`((a.body::json #> ${path}::text[])::text)`;
}

function isNamed({ entity, key }: Condition, dialect: Dialect): RawBuilder<SqlBool> {
  return sql`${part(dialect, 'assessment_name')} = ${JSON.stringify(key)} and ${part(dialect, entity)} is not null`;
}

function ofSession(dialect: Dialect): RawBuilder<SqlBool> {
  return sql`${part(dialect, 'metadata', SESSION)} is not null`;
}

function valueCondition({ entity, comparison, value }: Condition, dialect: Dialect): RawBuilder<SqlBool> {
  const text = part(dialect, entity, 'value');
  if (typeof value === 'number') return numberCondition(text, { dialect, comparison, value });
  if (comparison === 'LIKE' || comparison === 'ILIKE') return compareSql(dialect, text, { comparison, value });
  const either = [String(value), JSON.stringify(value)];
  return compareSql(dialect, text, { comparison: comparison === '=' ? 'IN' : 'NOT IN', value: either });
}

/** Only numbers are compared: neither true nor a text of digits is one. */
function numberCondition(
  text: RawBuilder<string>,
  { dialect, comparison, value }: Pick<Condition, 'comparison'> & { readonly dialect: Dialect; readonly value: number },
): RawBuilder<SqlBool> {
  const isNumber = dialect === 'sqlite' ? sql`${text} glob '[-0-9]*'` : sql`${text} ~ '^[-0-9]'`;
  const number = dialect === 'sqlite' ? sql`cast(${text} as real)` : sql`${text}::double precision`;
  return sql`(case when ${isNumber} then ${compareSql(dialect, number, { comparison, value })} else 1 = 0 end)`;
}
