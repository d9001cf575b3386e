import type { PagePlace } from '#contract/http/mlflow/page-token.ts';
import type { Filter } from '#contract/http/mlflow/search-filter.ts';
import type { OrderKey } from '#contract/http/mlflow/search-order.ts';

export interface Pair {
  readonly key: string;
  readonly value: string;
}

export interface Version {
  readonly name: string;
  readonly version: number;
  readonly creation_time: number;
  readonly last_update_time: number;
  readonly description: string;
  readonly stage: string;
  readonly source: string;
  readonly storage_location: string;
  readonly run_id: string;
  readonly run_link: string;
  readonly tags: readonly Pair[];
  readonly aliases: readonly string[];
}

export interface Model {
  readonly name: string;
  readonly description: string;
  readonly creation_time: number;
  readonly last_update_time: number;
  readonly tags: readonly Pair[];
  readonly aliases: readonly { readonly alias: string; readonly version: string }[];
  /** Highest version of each stage. */
  readonly latest: readonly Version[];
  readonly versions: number;
}

/** A checked search. `limit` rows at most, after `place` if there is one. */
export interface Search {
  readonly filter: Filter | undefined;
  readonly order: readonly OrderKey[];
  readonly place: PagePlace | undefined;
  readonly limit: number;
  /** Prompts are kept as registered models and hidden unless they are asked for. */
  readonly prompts: boolean;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: PagePlace | undefined;
}

/** Who changed something, when and why. */
export interface Act {
  readonly by: string;
  readonly reason: string;
  readonly now: number;
}
