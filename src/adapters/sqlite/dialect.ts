import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type Kysely,
  type Dialect as KyselyDialect,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';

/** Prepared statements that are kept per connection; the oldest is dropped first. */
const MAX_STATEMENTS = 300;

/** Kysely on `node:sqlite`: one connection, statements prepared once. Transactions are begun by the caller (`BEGIN IMMEDIATE`). */
export function sqliteDialect(db: DatabaseSync): KyselyDialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new SqliteDriver(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (kysely: Kysely<unknown>) => new SqliteIntrospector(kysely),
  };
}

class SqliteDriver implements Driver {
  readonly #connection: SqliteConnection;
  constructor(db: DatabaseSync) {
    this.#connection = new SqliteConnection(db);
  }
  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }
  async beginTransaction(): Promise<void> {
    this.#connection.exec('begin immediate');
  }
  async commitTransaction(): Promise<void> {
    this.#connection.exec('commit');
  }
  async rollbackTransaction(): Promise<void> {
    this.#connection.rollback();
  }
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
}

interface Prepared {
  readonly statement: StatementSync;
  readonly givesRows: boolean;
}

class SqliteConnection implements DatabaseConnection {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, Prepared>();
  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  exec(text: string): void {
    this.#db.exec(text);
  }

  /** After some failures (a full disk) SQLite has rolled back by itself; then there is nothing left to roll back. */
  rollback(): void {
    if (this.#db.isTransaction) this.#db.exec('rollback');
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { statement, givesRows } = this.#prepare(query.sql);
    const parameters = query.parameters.map(bindable);
    if (givesRows) return { rows: statement.all(...parameters) as R[] };
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  // biome-ignore lint/correctness/useYield: the interface asks for a generator; streaming is not offered
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('streaming is not offered on SQLite: page by key');
  }

  #prepare(text: string): Prepared {
    const known = this.#statements.get(text);
    if (known) return known;
    if (this.#statements.size >= MAX_STATEMENTS) this.#statements.delete(this.#statements.keys().next().value as string);
    const statement = this.#db.prepare(text);
    const made = { statement, givesRows: statement.columns().length > 0 };
    this.#statements.set(text, made);
    return made;
  }
}

function bindable(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value === undefined) return null;
  return value as SQLInputValue;
}
