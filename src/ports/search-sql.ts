import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Comparison, Condition, Filter } from '#contract/http/mlflow/search-filter.ts';
import type { Dialect } from './database.ts';

/** Joins the conditions of a checked filter; `one` says each in SQL. */
export function filterSql(filter: Filter, one: (condition: Condition) => Expression<SqlBool>): RawBuilder<SqlBool> {
  if ('condition' in filter) return sql`${one(filter.condition)}`;
  const all = 'and' in filter;
  const parts = (all ? filter.and : filter.or).map((part) => filterSql(part, one));
  return sql`(${sql.join(parts, all ? sql` and ` : sql` or `)})`;
}

const OPERATORS: Readonly<Record<string, RawBuilder<unknown>>> = {
  '=': sql`=`,
  '!=': sql`<>`,
  '<': sql`<`,
  '<=': sql`<=`,
  '>': sql`>`,
  '>=': sql`>=`,
};

/**
 * `column` compared with the value of a condition. LIKE is case-sensitive and ILIKE is not, on both dialects (SQLite connections run with
 * `case_sensitive_like`); a backslash is an ordinary character in patterns.
 */
export function compareSql(
  dialect: Dialect,
  column: Expression<unknown>,
  { comparison, value }: { comparison: Comparison; value: Condition['value'] },
): RawBuilder<SqlBool> {
  const operator = OPERATORS[comparison];
  if (operator) {
    // Postgres would take a fraction for a malformed integer where the column is one.
    const fraction = dialect === 'postgres' && typeof value === 'number' && !Number.isSafeInteger(value);
    return fraction ? sql`${column} ${operator} ${value}::double precision` : sql`${column} ${operator} ${value}`;
  }
  switch (comparison) {
    case 'LIKE':
      return dialect === 'sqlite' ? sql`${column} like ${value}` : sql`${column} like ${value} escape ''`;
    case 'ILIKE':
      return dialect === 'sqlite' ? sql`lower(${column}) like lower(${value})` : sql`${column} ilike ${value} escape ''`;
    case 'IN':
      return sql`${column} in (${sql.join(value as readonly string[])})`;
    case 'NOT IN':
      return sql`${column} not in (${sql.join(value as readonly string[])})`;
    case 'IS NULL':
      return sql`${column} is null`;
    default:
      return sql`${column} is not null`;
  }
}

/** One term of an order. Where a nullable term has no value, it sorts last in either direction. */
export interface SortTerm {
  readonly by: Expression<unknown>;
  readonly descending?: boolean;
  readonly nullable?: boolean;
  /** Compared byte by byte on both dialects, whatever the database's collation. */
  readonly text?: boolean;
}

/** An order that can be continued after any row: what to select as `k0`, `k1`, …, how to order, and the rows after given values. */
export interface Keyset {
  readonly select: readonly RawBuilder<unknown>[];
  readonly orderBy: RawBuilder<unknown>;
  /** Undefined when the values cannot come from a row in this order. */
  after(values: readonly (string | number | null)[]): RawBuilder<SqlBool> | undefined;
}

/** Compiles an order. The last term must be unique, or rows could be lost between pages. */
export function keyset(dialect: Dialect, terms: readonly SortTerm[]): Keyset {
  const flat = terms.flatMap(({ by, nullable, text, descending = false }) => {
    const value = { by: text && dialect === 'postgres' ? sql`${by} collate "C"` : sql`${by}`, descending, text: text ?? false };
    return nullable ? [{ by: sql`(case when ${by} is null then 1 else 0 end)`, descending: false, text: false }, value] : [value];
  });
  return {
    select: flat.map(({ by }, i) => sql`${by} as ${sql.ref(`k${i}`)}`),
    orderBy: sql.join(flat.map(({ by, descending }) => (descending ? sql`${by} desc` : sql`${by}`))),
    after: (values) => (fits(flat, values) ? afterSql(flat, values) : undefined),
  };
}

/** Values of the terms in a row that was selected with `Keyset.select`. */
export function keysOf(row: Readonly<Record<string, unknown>>): (string | number | null)[] {
  const values: (string | number | null)[] = [];
  for (let i = 0; `k${i}` in row; i++) values.push(row[`k${i}`] as string | number | null);
  return values;
}

interface FlatTerm {
  readonly by: RawBuilder<unknown>;
  readonly descending: boolean;
  readonly text: boolean;
}

function fits(terms: readonly FlatTerm[], values: readonly (string | number | null)[]): boolean {
  return values.length === terms.length && terms.every(({ text }, i) => values[i] === null || (typeof values[i] === 'string') === text);
}

/** `(a > x) or (a = x and b > y) or …`, with the first term's bound said again on its own so that an index can use it. */
function afterSql(terms: readonly FlatTerm[], values: readonly (string | number | null)[]): RawBuilder<SqlBool> {
  const alternatives: RawBuilder<SqlBool>[] = [];
  const equal: RawBuilder<SqlBool>[] = [];
  terms.forEach(({ by, descending }, i) => {
    const value = values[i] ?? null;
    if (value !== null) {
      const beyond = descending ? sql<SqlBool>`${by} < ${value}` : sql<SqlBool>`${by} > ${value}`;
      alternatives.push(sql`(${sql.join([...equal, beyond], sql` and `)})`);
    }
    equal.push(value === null ? sql`${by} is null` : sql`${by} = ${value}`);
  });
  if (alternatives.length === 0) return sql`1 = 0`;
  const any = sql<SqlBool>`(${sql.join(alternatives, sql` or `)})`;
  const [first] = terms;
  const bound = values[0] ?? null;
  if (first === undefined || bound === null || alternatives.length === 1) return any;
  return sql`${first.by} ${first.descending ? sql`<=` : sql`>=`} ${bound} and ${any}`;
}
