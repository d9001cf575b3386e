import type { z } from 'zod';
import { type Filter, parseFilter } from '#contract/http/mlflow/search-filter.ts';
import { runGrammar } from '#contract/http/mlflow/search-grammars.ts';
import { parseOrder } from '#contract/http/mlflow/search-order.ts';
import { SearchSyntaxError } from '#contract/http/mlflow/search-tokens.ts';
import type { Route } from '#http/route.ts';
import { PARENT_TAG, type Search, type View } from '../../entities.ts';
import { fail } from '../../errors.ts';
import type { TrackingDeps } from '../../route.ts';

/** An endpoint of our own API, made for the pages. */
export function pageRoute<I extends z.ZodType>(route: Omit<Route<TrackingDeps, I>, 'tag'>): Route<TrackingDeps, I> {
  return { ...route, tag: 'tracking' };
}

/** MLflow's grammar, and the order by how long a run took. */
const grammar = { ...runGrammar, order: { ...runGrammar.order, duration: 'duration' } };

const ROOTS: Filter = { condition: { entity: 'tag', key: PARENT_TAG, comparison: 'IS NULL', value: null } };
const VIEWS: Readonly<Record<'active' | 'deleted' | 'all', View>> = { active: 'ACTIVE_ONLY', deleted: 'DELETED_ONLY', all: 'ALL' };

export const viewOf = (view: 'active' | 'deleted' | 'all'): View => VIEWS[view];

interface Asked {
  readonly filter?: string | undefined;
  readonly order_by?: readonly string[];
  readonly roots_only?: boolean;
}

/** Filter and order as a store takes them. @throws TRACKING_FILTER_INVALID with the position of the mistake */
export function checkedRunSearch({ filter, order_by = [], roots_only = false }: Asked): Pick<Search, 'filter' | 'order'> {
  const told = read('filter', () => parseFilter(filter ?? '', grammar));
  const order = read('order_by', () => parseOrder(order_by, grammar));
  return { filter: roots_only ? (told ? { and: [ROOTS, told] } : ROOTS) : told, order };
}

function read<T>(field: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof SearchSyntaxError)) throw error;
    throw fail.searchInvalid({ detail: error.message, errors: [{ field, message: error.message, position: error.at }] });
  }
}
