import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { databaseName } from '#kernel/database-name.ts';
import { KnownError } from '#kernel/errors.ts';
import { backoffMs, pause } from '#kernel/retry.ts';
import {
  type Database,
  type Databases,
  fail,
  isUnavailable,
  type Remote,
  refuseForeign,
  type StoreDefinition,
  type StoreHandle,
  TELLING_TABLES,
} from '#ports/database.ts';
import { migrateStore } from '#ports/migrate.ts';
import { Late, lateStore } from './late.ts';
import { preparing } from './prepared.ts';

/** Any number will do as long as all Trainyard processes on one database use the same. */
const MIGRATION_LOCK = 7_245_981;
const MAX_TRIES = 5;

/**
 * Statements here are short: a second process for a part of one, or machine code for it, takes longer to start than the statement runs. And numbers come
 * with all their digits, whatever the database is set to.
 */
const SETTINGS = 'set jit = off; set max_parallel_workers_per_gather = 0; set extra_float_digits = 3';

export interface PostgresOptions {
  /** postgresql://user:password@host:port/database */
  readonly url: string;
  readonly poolSize?: number;
  /** Given where the database is known to be ours: it may then be silent at the open, which is told here, and stores are made when it answers. */
  readonly onSilent?: (error: Error) => void;
}

/** PostgreSQL: stores run here, in process; the pool is the concurrency. */
export async function openPostgres(options: PostgresOptions): Promise<Databases> {
  const types = new pg.TypeOverrides();
  // int8 and numeric come as text by default. Counts and times fit a double; ids that may not are text columns.
  types.setTypeParser(20, (text: string) => Number(text));
  types.setTypeParser(1700, (text: string) => Number(text));
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize ?? 10,
    types,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
  });
  // A connection that breaks (a restarted server) is replaced by the pool, and a query on it fails by itself; without listeners it would end the process,
  // when idle by the pool's event, and between two statements of a unit by its own.
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    client.on('error', () => {});
    client.query(SETTINGS).catch(() => {});
  });
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: preparing(pool) }) });
  const database = postgresDatabase(kysely);
  const reads = new Map<string, readonly string[]>();
  const owner = new Late(() => guarded(() => checkOwner(kysely, options.url)));
  await owner.get().catch(async (error: unknown) => {
    if (options.onSilent && isUnavailable(error)) return options.onSilent(error as Error);
    await kysely.destroy();
    throw error;
  });
  return {
    dialect: 'postgres',
    open: async <S extends object>(handle: StoreHandle<S>) => {
      const { store: definition } = (await import(handle.module)) as { store: StoreDefinition<S, unknown> };
      reads.set(handle.name, definition.reads);
      const store = new Late(async () => {
        await owner.get();
        await guarded(() =>
          kysely.transaction().execute(async (tx) => {
            await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(tx);
            await migrateStore(tx, 'postgres', definition);
          }),
        );
        return guardedStore(definition.create(database));
      });
      try {
        return await store.get();
      } catch (error) {
        if (!options.onSilent || !isUnavailable(error)) throw error;
        return lateStore(store);
      }
    },
    readsOf: ({ name }) => reads.get(name) ?? [],
    ping: async () => {
      await guarded(() => sql`select 1`.execute(kysely));
    },
    close: () => kysely.destroy(),
  };
}

async function checkOwner(kysely: Kysely<unknown>, url: string): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = any (current_schemas(false)) and table_name in (${sql.join([...TELLING_TABLES])})`.execute(kysely);
  refuseForeign(new Set(rows.map(({ name }) => name)), databaseName(url));
}

function postgresDatabase(kysely: Kysely<unknown>): Database<unknown> {
  /** While a unit is run again, new ones of this process wait: writers on the same rows would beat each other for ever. */
  let lane: Promise<unknown> = Promise.resolve();
  const retried = async <R>(attempt: () => Promise<R>): Promise<R> => {
    await lane;
    try {
      return await attempt();
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
    const again = lane.then(() => tryAgain(attempt));
    lane = again.catch(() => {});
    return again;
  };
  return {
    dialect: 'postgres',
    read: kysely,
    write: (work) => retried(() => kysely.transaction().setIsolationLevel('serializable').execute(work)),
    append: (work) => retried(() => kysely.transaction().setIsolationLevel('read committed').execute(work)),
    appendOne: (statement) => retried(async () => (await kysely.executeQuery(statement)).rows),
  };
}

async function tryAgain<R>(attempt: () => Promise<R>): Promise<R> {
  for (let tries = 1; ; tries++) {
    await pause(backoffMs(tries, { baseMs: 1, maxMs: 200 }));
    try {
      return await attempt();
    } catch (error) {
      if (!isConflict(error)) throw error;
      if (tries + 1 >= MAX_TRIES) throw fail.busy({}, error);
    }
  }
}

/**
 * Serialization failure, deadlock, and a reference to a row that another writer removed, or a key that another one took, after it was read (PostgreSQL manual,
 * appendix A): a try on the newest state settles all of them.
 */
const CONFLICTS: ReadonlySet<string | undefined> = new Set(['40001', '40P01', '23503', '23505']);

function isConflict(error: unknown): boolean {
  return CONFLICTS.has((error as { code?: string }).code);
}

function guardedStore<S extends object>(store: S): Remote<S> {
  return new Proxy({} as Remote<S>, {
    get: (_, name) => {
      if (typeof name !== 'string' || name === 'then') return undefined;
      const method = (store as Record<string, unknown>)[name];
      if (typeof method !== 'function') return undefined;
      return (...args: unknown[]) => guarded(async () => method.apply(store, args));
    },
  });
}

/** `too_many_connections`. */
const TOO_MANY = '53300';
/** `character_not_in_repertoire`: a text holds U+0000, which no type of PostgreSQL can hold. */
const NOT_STORABLE = '22021';

/** Connection trouble in the words of the port: the caller may come again. */
async function guarded<R>(work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof KnownError) throw error;
    const { code, message } = error as { code?: string; message?: string };
    const connection =
      code?.startsWith('08') ||
      code?.startsWith('57P') ||
      code === TOO_MANY ||
      /^E[A-Z]+$/u.test(code ?? '') ||
      /terminated|timeout exceeded|Connection ended|not queryable/iu.test(message ?? '');
    if (connection) throw fail.unavailable({ reason: message ?? code ?? 'no connection' }, error);
    if (code === '53100') throw fail.full({}, error);
    if (code === NOT_STORABLE) throw fail.notText({}, error);
    throw error;
  }
}
