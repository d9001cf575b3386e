import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { PagePlace } from '#contract/http/mlflow/page-token.ts';
import type { Condition } from '#contract/http/mlflow/search-filter.ts';
import { compareSql } from '#ports/search-sql.ts';
import type { Search } from '../../entities.ts';
import { fail } from '../../errors.ts';
import { stagesOf, within } from '../rows.ts';
import { type RunScope, runCondition } from '../run-conditions.ts';
import type { Phase } from '../run-order.ts';

/** A part of a search, as far as the page still needs it. */
export interface Find {
  readonly search: Search;
  readonly scope: RunScope;
  readonly phase: Phase;
  readonly place: PagePlace | undefined;
  readonly limit: number;
  /** Our own ids of the only runs that can match, where the search knows them to be few. */
  readonly few?: readonly number[] | undefined;
}

export type FoundRow = Record<string, number | string | null> & { readonly id: number };

export function whereOf({ search, scope, phase, place }: Find): RawBuilder<SqlBool>[] {
  const where = [...phase.where, ...scopeOf(search, scope)];
  if (!place) return where;
  const after = phase.order.after(place.after);
  if (!after) throw fail.pageTokenInvalid({});
  return [...where, after];
}

/** SQLite keeps the order of a CROSS JOIN: the given runs, or the index of the key that sorts, are walked, and each run looked up. */
export function tablesOf({ driver }: Phase, { dialect }: RunScope, among?: readonly number[]): RawBuilder<unknown> {
  const given = among && dialect === 'sqlite' && sql`json_each(${JSON.stringify(among)}) c cross join`;
  if (!driver) return given ? sql`${given} tracking_runs r on r.id = c.value` : sql`tracking_runs r`;
  if (given) return sql`${given} ${driver.table} on o.run = c.value cross join tracking_runs r on r.id = o.run`;
  return dialect === 'sqlite'
    ? sql`${driver.table} cross join tracking_runs r on r.id = o.run`
    : sql`${driver.table} join tracking_runs r on r.id = o.run`;
}

export function scopeOf({ view }: Pick<Search, 'view'>, { dialect, experiments }: RunScope): RawBuilder<SqlBool>[] {
  return [within(dialect, sql`r.experiment`, experiments), sql`r.lifecycle_stage in (${sql.join(stagesOf(view))})`];
}

/** A condition on the key that is walked is said of the row at hand; one on another key is checked before the run is looked up. */
export function conditionOf({ driver, number }: Phase, scope: RunScope): (condition: Condition) => RawBuilder<SqlBool> {
  if (!driver) return (condition) => runCondition(condition, scope, sql`r.id`);
  return (condition) => {
    if (!driver.holds(condition)) return runCondition(condition, scope, sql`o.run`);
    if (condition.comparison === 'IS NOT NULL') return sql`1 = 1`;
    if (number === 1) return condition.comparison === '!=' ? sql`1 = 1` : sql`1 = 0`;
    return compareSql(scope.dialect, sql`o.value`, condition);
  };
}
