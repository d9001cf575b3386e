import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Condition, Filter } from '#contract/http/mlflow/search-filter.ts';
import type { OrderKey } from '#contract/http/mlflow/search-order.ts';
import { type Keyset, keyset, type SortTerm } from '#ports/search-sql.ts';
import { within } from './rows.ts';
import { INDEXED_CHARACTERS, keyedTable, type RunScope, runAttribute } from './run-conditions.ts';

/**
 * Part of an order. `number` is its place among all parts, which page tokens keep. A part with a `driver` walks the rows `o` of one metric, parameter
 * or tag in the order of its values, and looks up the run `r` of each.
 */
export interface Phase {
  readonly number: number;
  readonly driver: { readonly table: RawBuilder<unknown>; readonly holds: (condition: Condition) => boolean } | undefined;
  readonly joins: readonly RawBuilder<unknown>[];
  readonly where: readonly RawBuilder<SqlBool>[];
  readonly order: Keyset;
}

/** The parts that can have runs: for a metric those with a number, those with NaN, those without the metric; else with and without the key. */
export function phasesOf(order: readonly OrderKey[], filter: Filter | undefined, scope: RunScope): Phase[] {
  const [first] = order;
  if (first === undefined || first.entity === 'attribute') return [undivided(order, scope)];
  const own = required(filter).filter(
    ({ entity, key, comparison }) => entity === first.entity && key === first.key && comparison !== 'IS NULL',
  );
  const numbersOnly = own.some(({ comparison }) => comparison !== '!=' && comparison !== 'IS NOT NULL');
  const phases = keyedPhases(first, order, scope);
  return phases.filter(({ number }) => !(own.length > 0 && number === ABSENT) && !(numbersOnly && number === NAN));
}

/** All runs in one part, which has no index to walk: for few runs, and for orders that begin with what each run has. */
export function undivided(order: readonly OrderKey[], { dialect }: RunScope): Phase {
  const { joins, terms } = sortTerms(order);
  return { number: 0, driver: undefined, joins, where: [], order: keyset(dialect, [...terms, ...ties(order)]) };
}

const PRESENT = 0;
const NAN = 1;
const ABSENT = 2;

function keyedPhases(first: OrderKey, order: readonly OrderKey[], { dialect, experiments }: RunScope): Phase[] {
  const { joins, terms } = sortTerms(order.slice(1));
  const rest = [...terms, ...ties(order)];
  const table = keyedTable(first.entity);
  const holds = ({ entity, key, comparison }: Condition): boolean =>
    entity === first.entity && key === first.key && comparison !== 'IS NULL';
  const driven = { driver: { table: sql`${table} o`, holds }, joins };
  const inScope = sql<SqlBool>`${within(dialect, sql`o.experiment`, experiments)} and o.key = ${first.key}`;
  const { descending } = first;
  const absent: Phase = {
    number: ABSENT,
    driver: undefined,
    joins,
    where: [sql`not exists (select 1 from ${table} o where o.run = r.id and o.key = ${first.key})`],
    order: keyset(dialect, rest),
  };
  if (first.entity !== 'metric') {
    // The index holds the beginnings of values; ordered by them first, it can be walked.
    const beginning = { by: sql`substr(o.value, 1, ${sql.lit(INDEXED_CHARACTERS)})`, descending, text: true };
    const lead = [beginning, { by: sql`o.value`, descending, text: true }];
    return [{ number: PRESENT, ...driven, where: [inScope], order: keyset(dialect, [...lead, ...rest]) }, absent];
  }
  const numbers = keyset(dialect, [{ by: sql`o.value`, descending }, ...rest]);
  return [
    { number: PRESENT, ...driven, where: [inScope, sql`o.is_nan = 0`], order: numbers },
    { number: NAN, ...driven, where: [inScope, sql`o.is_nan = 1`], order: keyset(dialect, rest) },
    absent,
  ];
}

/** Conditions that every match must meet. */
export function required(filter: Filter | undefined): readonly Condition[] {
  if (filter === undefined || 'or' in filter) return [];
  return 'condition' in filter ? [filter.condition] : filter.and.flatMap(required);
}

/** Newest first, then by id: as upstream breaks ties. */
function ties(order: readonly OrderKey[]): SortTerm[] {
  const names = order.flatMap(({ entity, key }) => (entity === 'attribute' ? [key] : []));
  const newest: SortTerm[] = names.includes('start_time') ? [] : [{ by: sql`r.start_time`, descending: true }];
  return names.includes('run_id') ? newest : [...newest, { by: sql`r.run_id`, text: true }];
}

/** Keys after the first are joined: missing values last, NaN just before them. */
function sortTerms(order: readonly OrderKey[]): { joins: RawBuilder<unknown>[]; terms: SortTerm[] } {
  const joins: RawBuilder<unknown>[] = [];
  const terms = order.flatMap(({ entity, key, descending }, i): SortTerm[] => {
    if (entity === 'attribute') return runAttribute(key).map((term) => ({ ...term, descending }));
    const name = sql.ref(`s${i}`);
    joins.push(sql`left join ${keyedTable(entity)} ${name} on ${name}.run = r.id and ${name}.key = ${key}`);
    if (entity !== 'metric') return [{ by: sql`${name}.value`, descending, nullable: true, text: true }];
    const missing = sql`(case when ${name}.run is null then 2 else ${name}.is_nan end)`;
    return [{ by: missing }, { by: sql`coalesce(${name}.value, 0)`, descending }];
  });
  return { joins, terms };
}
