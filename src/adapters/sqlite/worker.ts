import { DatabaseSync } from 'node:sqlite';
import { parentPort } from 'node:worker_threads';
import { Kysely, type Transaction } from 'kysely';
import { errorToWire, KnownError } from '#kernel/errors.ts';
import { collectWhenIdle } from '#kernel/heap.ts';
import { giveWay } from '#kernel/thread-priority.ts';
import { type Database, fail, type StoreDefinition } from '#ports/database.ts';
import { migrateStore } from '#ports/migrate.ts';
import { sqliteDialect } from './dialect.ts';
import type { ThreadData, WorkerRequest } from './messages.ts';

// One of these threads owns the only writing connection; another one reads beside it (WAL). Requests run one after the other.

const READER_NICE = 5;

collectWhenIdle();

/** What was opened; the first message says what. */
let sqlite: DatabaseSync;
let kysely: Kysely<unknown>;
let database: Database<unknown>;
let isReadOnly = false;

function open({ path, readOnly, modules }: ThreadData): void {
  // What fails here fails again when it is asked for, and is told then.
  for (const module of modules) import(module).catch(() => {});
  // A search through many runs may take a while longer; predictions may not.
  if (readOnly) giveWay(READER_NICE);
  isReadOnly = readOnly;
  sqlite = new DatabaseSync(path, { timeout: 5000, readOnly });
  sqlite.exec(`pragma foreign_keys = on; pragma cache_size = -65536; pragma temp_store = memory; pragma case_sensitive_like = on;`);
  if (!readOnly) sqlite.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma wal_autocheckpoint = 2000');
  kysely = new Kysely<unknown>({ dialect: sqliteDialect(sqlite) });
  database = {
    dialect: 'sqlite',
    read: kysely,
    write,
    append: write,
    appendOne: (statement) => write(async (tx) => (await tx.executeQuery(statement)).rows),
  };
}

function write<R>(work: (tx: Transaction<unknown>) => Promise<R>): Promise<R> {
  if (isReadOnly) throw new Error('a method listed in `reads` tried to write');
  return kysely.transaction().execute(work);
}

const stores = new Map<string, Record<string, (...args: unknown[]) => unknown>>();

async function load(name: string, module: string): Promise<readonly string[]> {
  const { store } = (await import(module)) as { store: StoreDefinition<Record<string, (...args: unknown[]) => unknown>, unknown> };
  if (!isReadOnly) await kysely.transaction().execute((tx) => migrateStore(tx, 'sqlite', store));
  stores.set(name, store.create(database));
  return store.reads;
}

async function answer(request: WorkerRequest): Promise<unknown> {
  if (request.kind === 'load') return load(request.store, request.module);
  if (request.kind === 'ping') return sqlite.prepare('select 1').get();
  if (request.kind === 'close') {
    await kysely.destroy();
    // No `pragma optimize`: figures taken of a small database make plans that scan it once it has grown, and none are needed for good ones.
    return sqlite.close();
  }
  const store = stores.get(request.store);
  if (!store) throw new Error(`store ${request.store} is not loaded`);
  return (store[request.method] as (...args: unknown[]) => unknown)(...request.args);
}

let queue: Promise<void> = Promise.resolve();

function onRequest(request: WorkerRequest): void {
  queue = queue.then(async () => {
    try {
      parentPort?.postMessage({ id: request.id, value: await answer(request) });
    } catch (error) {
      parentPort?.postMessage({ id: request.id, error: errorToWire(translate(error)) });
    }
  });
}

parentPort?.once('message', (data: ThreadData) => {
  // A file that cannot be opened ends the thread, and the reason is told to all who call it.
  open(data);
  parentPort?.on('message', onRequest);
});

/** SQLite's failures in the words of the port. Result codes: sqlite.org/rescode.html */
function translate(error: unknown): unknown {
  if (error instanceof KnownError || !(error instanceof Error)) return error;
  const code = (error as Error & { errcode?: number }).errcode;
  if (code === undefined) return error;
  if ((code & 0xff) === 5 || (code & 0xff) === 6) return fail.busy({}, error);
  if ((code & 0xff) === 13) return fail.full({}, error);
  return error;
}
