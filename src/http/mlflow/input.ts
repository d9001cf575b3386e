import type { z } from 'zod';
import { invalidValue, missingValue } from '#contract/http/mlflow/names.ts';
import { type PagePlace, readPageToken } from '#contract/http/mlflow/page-token.ts';
import { isFloat, pythonJson } from '#contract/http/mlflow/python-json.ts';
import { type Filter, parseFilter, type SearchGrammar } from '#contract/http/mlflow/search-filter.ts';
import { type OrderKey, parseOrder } from '#contract/http/mlflow/search-order.ts';
import { SearchSyntaxError } from '#contract/http/mlflow/search-tokens.ts';
import type { KnownError } from '#kernel/errors.ts';
import { fail } from '../errors.ts';

const MAX_TOLD = 1000;
const SEE_DOCS = 'See the API docs for more information about request parameters.';

/** Turns schema issues into the messages that MLflow's own validators give (mlflow/server/handlers.py, 3.17). */
export function mlflowInputError(issues: readonly z.core.$ZodIssue[], input: unknown): KnownError {
  const issue = issues[0] as z.core.$ZodIssue;
  if (issue.path.length === 0)
    return fail.inputInvalid({ detail: `${invalidValue('body', bounded(input))} The request body must be a JSON object.` });
  const path = issue.path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${String(part)}`)).join('');
  const value = valueAt(input, issue.path);
  const missing = value === undefined || value === null || (value === '' && issue.message === 'missing') || issue.message === 'missing';
  if (missing) return fail.inputInvalid({ detail: `${missingValue(path)} ${SEE_DOCS}` });
  return fail.inputInvalid({
    detail: `${invalidValue(path, bounded(value), ` Hint: Value was of type '${pythonType(value)}'.`)} ${SEE_DOCS}`,
  });
}

/** A refusal in MLflow's words, for rules that a schema does not hold. */
export function refuse(detail: string): KnownError {
  return fail.inputInvalid({ detail });
}

/** Throws when a rule of `names.ts` found something. */
export function check(problem: string | undefined): void {
  if (problem !== undefined) throw refuse(problem);
}

/** Filter and order of a search, checked: plain data for a store. */
export interface CheckedSearch {
  readonly filter: Filter | undefined;
  readonly order: readonly OrderKey[];
}

/** Reads the texts of a search. A mistake becomes a 400 that names the position. */
export function checkedSearch(
  filter: string | null | undefined,
  order: readonly string[] | null | undefined,
  grammar: SearchGrammar,
): CheckedSearch {
  try {
    return { filter: parseFilter(filter ?? '', grammar), order: parseOrder(order ?? [], grammar) };
  } catch (error) {
    if (error instanceof SearchSyntaxError) throw refuse(error.message);
    throw error;
  }
}

/** Reads a page token that belongs to `query`. A token from elsewhere is a 400. */
export function checkedPlace(token: string | null | undefined, query: string): PagePlace | undefined {
  if (!token) return undefined;
  const place = readPageToken(token, query);
  if (place === undefined) throw refuse('Invalid page token: it was not issued by this server for this search.');
  return place;
}

/** The page size of a search. Zero and less, or more than `most`, is a 400. */
export function checkedPageSize(asked: number | null | undefined, standard: number, most: number): number {
  const size = asked ?? standard;
  if (size < 1) throw refuse(`Invalid value ${size} for parameter 'max_results' supplied. It must be a positive integer`);
  if (size > most) throw refuse(`Invalid value ${size} for parameter 'max_results' supplied. It must be at most ${most}`);
  return size;
}

/** The caller's value as it is told back: of a large one only its beginning. */
function bounded(value: unknown): unknown {
  const text = typeof value === 'string' ? value : pythonJson(value);
  return text.length > MAX_TOLD ? `${text.slice(0, MAX_TOLD)}…` : value;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, part) => (value as Record<PropertyKey, unknown> | null | undefined)?.[part], input);
}

function pythonType(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  if (isFloat(value)) return 'float';
  if (typeof value === 'number') return 'int';
  return 'dict';
}
