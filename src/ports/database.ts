import type { Kysely, Transaction } from 'kysely';

export type Dialect = 'sqlite' | 'postgres';

/**
 * Relational storage as a role's *store* sees it; `T` are the role's own tables. Stores run next to the database
 * (SQLite: in its worker threads; Postgres: here), so nothing but a store ever holds one of these.
 */
export interface Database<T> {
  readonly dialect: Dialect;
  readonly read: Kysely<T>;
  /** All or nothing, serialisable; run again (≤ 5 times) when another writer won, so: no side effects inside. */
  write<R>(work: (tx: Transaction<T>) => Promise<R>): Promise<R>;
}

/** One forward step of a store's schema. Ids sort in the order in which they run: `0001-tables`. */
export interface Migration {
  readonly id: string;
  up(db: Kysely<unknown>, dialect: Dialect): Promise<void>;
}

/**
 * How a store is found and made. `module` is the file that exports this definition as `store`: on SQLite a worker imports it and
 * makes the store there. Every public method takes and returns plain data (structured clone) and is one unit of work.
 */
export interface StoreDefinition<S extends object, T> {
  readonly name: string;
  /** `import.meta.url` of the store's file. */
  readonly module: string;
  readonly migrations: readonly Migration[];
  /** Methods that only read: they run on the reader, beside a running write. All others run on the one writer. */
  readonly reads: readonly (keyof S & string)[];
  create(db: Database<T>): S;
}

/** Checks a definition's types and keeps the literal; a store's file exports it as `store`. */
export function defineStore<S extends object, T>(definition: StoreDefinition<S, T>): StoreDefinition<S, T> {
  return definition;
}

/** A store from afar: the same methods, always asynchronous. */
export type Remote<S> = {
  readonly [K in keyof S as S[K] extends (...args: never[]) => unknown ? K : never]: S[K] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never;
};

/** The database port: opens stores (migrating their tables first) and says how it is. */
export interface Databases {
  readonly dialect: Dialect;
  /** @throws DATABASE_SCHEMA_NEWER when the tables were made by a newer program, DATABASE_UNAVAILABLE when it cannot be reached */
  open<S extends object, T>(definition: StoreDefinition<S, T>): Promise<Remote<S>>;
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
