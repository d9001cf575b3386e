import { parseFilter } from '#contract/http/mlflow/search-filter.ts';
import { runGrammar } from '#contract/http/mlflow/search-grammars.ts';
import { SearchSyntaxError } from '#contract/http/mlflow/search-tokens.ts';

export interface FilterProblem {
  readonly message: string;
  /** Where, counted from 0; the length of the text when something is missing at its end. */
  readonly at: number;
}

/** What the server would say of a filter, without asking it. */
export function problemOf(filter: string): FilterProblem | undefined {
  try {
    parseFilter(filter, runGrammar);
    return undefined;
  } catch (error) {
    if (error instanceof SearchSyntaxError) return { message: error.message, at: error.at };
    throw error;
  }
}
