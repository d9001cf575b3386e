import type { CompiledQuery, Kysely, Transaction } from 'kysely';
import { catalogue, type ErrorSpec, KnownError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { retry } from '#kernel/retry.ts';

export const { specs, fail } = catalogue({
  schemaNewer: {
    code: 'DATABASE_SCHEMA_NEWER',
    status: 503,
    message: ({ store, unknown }) =>
      `The database holds ${store} tables of a newer Trainyard (step '${unknown}'): start that version, or restore a backup.`,
  } satisfies ErrorSpec<{ store: string; unknown: string }>,
  unavailable: {
    code: 'DATABASE_UNAVAILABLE',
    status: 503,
    mlflow: 'TEMPORARILY_UNAVAILABLE',
    message: ({ reason }) => `The database does not answer: ${reason}`,
  } satisfies ErrorSpec<{ reason: string }>,
  notText: {
    code: 'DATABASE_TEXT_INVALID',
    status: 400,
    mlflow: 'INVALID_PARAMETER_VALUE',
    message: () => 'A text holds the character U+0000, which the database cannot keep.',
  } satisfies ErrorSpec<Record<string, never>>,
  foreign: {
    code: 'DATABASE_OF_MLFLOW',
    status: 500,
    message: ({ place }) =>
      `The database ${place} was made by MLflow itself (it has the table alembic_version): Trainyard keeps other tables and cannot take over its runs. Name another database with --backend-store-uri; this one was not changed.`,
  } satisfies ErrorSpec<{ place: string }>,
  busy: {
    code: 'DATABASE_BUSY',
    status: 503,
    mlflow: 'TEMPORARILY_UNAVAILABLE',
    message: () => 'Too many writers want the same rows; try again.',
  } satisfies ErrorSpec<Record<string, never>>,
  full: {
    code: 'DATABASE_FULL',
    status: 507,
    mlflow: 'TEMPORARILY_UNAVAILABLE',
    message: () => 'The disk under the database is full: free space, then try again.',
  } satisfies ErrorSpec<Record<string, never>>,
});

/** Tables by which it is told whose a database is. */
export const TELLING_TABLES = ['trainyard_migrations', 'alembic_version', 'experiments'] as const;

/**
 * Nothing is written into MLflow's own database: its next migration would not know our tables, nor we its.
 *
 * @param tables which of the telling tables there are
 * @param place what the operator calls the database
 * @throws DATABASE_OF_MLFLOW
 */
export function refuseForeign(tables: ReadonlySet<string>, place: string): void {
  if (!tables.has('trainyard_migrations') && tables.has('alembic_version') && tables.has('experiments')) throw fail.foreign({ place });
}

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
  /**
   * All or nothing as well, but not serialisable: each statement sees what others have committed by then. For streams of rows that are only added, or
   * replaced by one statement that compares by itself; many may then write to the same rows without running again.
   */
  append<R>(work: (tx: Transaction<T>) => Promise<R>): Promise<R>;
  /** A single statement in the same way: it saves the trips that begin and end a unit. */
  appendOne<R>(statement: CompiledQuery<R>): Promise<readonly R[]>;
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

/**
 * What a role says of a store without loading it: where it is. A store brings its SQL and the query builder along, which belong into the threads of the
 * database, not into the loop that answers.
 */
export interface StoreHandle<S extends object> {
  readonly name: string;
  readonly module: string;
  /** Never called: it carries the store's type. */
  readonly create?: (db: never) => S;
}

/** @param module URL of the file that exports the definition as `store` */
export function storeAt<S extends object>(name: string, module: URL): StoreHandle<S> {
  return { name, module: module.href };
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
  open<S extends object>(store: StoreHandle<S>): Promise<Remote<S>>;
  /** Methods of an open store that only read. */
  readsOf(store: StoreHandle<object>): readonly string[];
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Whether a failure says that the database is away, rather than what is wrong with the question. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof KnownError && error.spec.code === 'DATABASE_UNAVAILABLE';
}

const REACH = { attempts: Number.POSITIVE_INFINITY, baseMs: 100, maxMs: 1000, retriable: isUnavailable };

/**
 * Work on a store that a role does at its start. Where the database is away the role starts all the same, and the work is done as soon as it answers; if it
 * fails then, that is logged.
 * @throws what the work throws at its first try, unless the database is away
 */
export async function onceReachable(work: () => Promise<void>, { signal, logger }: { signal: AbortSignal; logger: Logger }): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    void retry(work, { ...REACH, signal }).catch((failure: Error) => {
      if (signal.aborted) return;
      logger.error({ error: String(failure.stack ?? failure) }, 'the database is back, but what a start does with it failed: start again');
    });
  }
}
