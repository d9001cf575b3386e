import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Logger, silentLogger } from '#kernel/logger.ts';
import { type Databases, type Remote, refuseForeign, type StoreHandle, TELLING_TABLES } from '#ports/database.ts';
import type { ThreadData, Without, WorkerRequest } from './messages.ts';
import { DatabaseThread } from './thread.ts';

export interface SqliteOptions {
  readonly path: string;
  /** Stores that will be opened: the thread loads them while the program loads the rest. */
  readonly expected?: readonly StoreHandle<object>[];
  /** A thread that was made before, for the one that writes. */
  readonly thread?: DatabaseThread;
  /** How long after the last store was opened the reading thread may be made; 0 makes it at once and waits for it. */
  readonly readerAfterMs?: number;
  readonly logger?: Logger;
}

const READER_AFTER_MS = 400;
/** Calls that wait for the writing thread when another comes: from so many on a second thread is worth its 16 MB. */
const CROWD = 2;

/** SQLite in two worker threads, one that writes and one that reads, so that no query holds the loop that answers predictions. */
export async function openSqlite(options: SqliteOptions): Promise<Databases> {
  mkdirSync(dirname(options.path), { recursive: true });
  if (existsSync(options.path)) refuseForeign(tellingTables(options.path), options.path);
  const modules = options.expected?.map(({ module }) => module) ?? [];
  const { path } = options;
  const writer = opened(options.thread ?? new DatabaseThread('sqlite-writer'), { path, readOnly: false, modules });
  await writer.call({ kind: 'ping' });
  const { readerAfterMs = READER_AFTER_MS, logger = silentLogger } = options;
  const makeReader = () => opened(new DatabaseThread('sqlite-reader'), { path, readOnly: true, modules });
  const reader = new Reader(makeReader, readerAfterMs, logger);
  const reads = new Map<string, readonly string[]>();
  return {
    dialect: 'sqlite',
    open: async (store) => {
      const load = { kind: 'load', store: store.name, module: store.module } as const;
      const known = (await writer.call(load)) as readonly string[];
      reads.set(store.name, known);
      await reader.load(load);
      return remoteStore(store.name, new Set(known), { reader, writer });
    },
    readsOf: ({ name }) => reads.get(name) ?? [],
    ping: async () => {
      await (reader.thread ?? writer).call({ kind: 'ping' });
    },
    close: async () => {
      await reader.close();
      await writer.close();
    },
  };
}

function opened(thread: DatabaseThread, data: ThreadData): DatabaseThread {
  thread.open(data);
  return thread;
}

/** Looked up before the threads open the file, which changes it. What cannot be read now is theirs to tell. */
function tellingTables(path: string): ReadonlySet<string> {
  try {
    using database = new DatabaseSync(path, { readOnly: true });
    const rows = database.prepare("select name from sqlite_master where type = 'table'").all() as { name: string }[];
    const telling: ReadonlySet<string> = new Set(TELLING_TABLES);
    return new Set(rows.map(({ name }) => name).filter((name) => telling.has(name)));
  } catch {
    return new Set();
  }
}

type Load = Extract<Without<WorkerRequest, 'id'>, { kind: 'load' }>;

/**
 * The reading thread. It is made once the program has started and reads would wait for each other or for writes: until then the writer reads as well, a
 * start has one thread less to load everything in, and a program that nobody asks anything one thread less to hold in memory.
 */
class Reader {
  readonly #make: () => DatabaseThread;
  readonly #afterMs: number;
  readonly #logger: Logger;
  readonly #loads: Load[] = [];
  readonly #loaded = new Set<string>();
  #made: DatabaseThread | undefined;
  #openedAt = 0;

  constructor(make: () => DatabaseThread, afterMs: number, logger: Logger) {
    this.#make = make;
    this.#afterMs = afterMs;
    this.#logger = logger;
  }

  get thread(): DatabaseThread | undefined {
    return this.#made;
  }

  /** The thread, if it has this store already. */
  of(store: string): DatabaseThread | undefined {
    return this.#loaded.has(store) ? this.#made : undefined;
  }

  async load(load: Load): Promise<void> {
    this.#loads.push(load);
    this.#openedAt = performance.now();
    if (this.#made || this.#afterMs === 0) return this.#take();
  }

  /** Calls wait for each other: it would be worth a thread. */
  wish(): void {
    if (this.#made || performance.now() - this.#openedAt < this.#afterMs) return;
    void this.#take();
  }

  async close(): Promise<void> {
    await this.#made?.close();
  }

  /** A store that cannot be loaded here stays with the writer, which has it. */
  async #take(): Promise<void> {
    this.#made ??= this.#make();
    const thread = this.#made;
    const taken = this.#loads.splice(0).map(({ store, ...load }) =>
      thread.call({ ...load, store }).then(
        () => this.#loaded.add(store),
        (error: Error) =>
          this.#logger.warn(
            { store, error: String(error.stack ?? error) },
            'a store could not be loaded beside its writer, which reads for it',
          ),
      ),
    );
    await Promise.all(taken);
  }
}

function remoteStore<S extends object>(
  name: string,
  reads: ReadonlySet<string>,
  { reader, writer }: { readonly reader: Reader; readonly writer: DatabaseThread },
): Remote<S> {
  const methods = new Map<string, (...args: unknown[]) => Promise<unknown>>();
  return new Proxy({} as Remote<S>, {
    get: (_, method) => {
      // A promise-like proxy would be awaited by accident: `await store` must give the store.
      if (typeof method !== 'string' || method === 'then') return undefined;
      let call = methods.get(method);
      if (!call) {
        const { read, write } = callsOf(name, method, { reader, writer });
        call = reads.has(method) ? read : write;
        methods.set(method, call);
      }
      return call;
    },
  });
}

function callsOf(store: string, method: string, { reader, writer }: { readonly reader: Reader; readonly writer: DatabaseThread }) {
  const write = (...args: unknown[]): Promise<unknown> => {
    if (writer.waiting >= CROWD) reader.wish();
    return writer.call({ kind: 'call', store, method, args });
  };
  const read = (...args: unknown[]): Promise<unknown> => reader.of(store)?.call({ kind: 'call', store, method, args }) ?? write(...args);
  return { read, write };
}

/**
 * Takes the data folder for this process; the lock dies with the process, also on kill -9.
 * @returns the release, or undefined when another process has it
 */
export function lockFolder(folder: string): (() => void) | undefined {
  mkdirSync(folder, { recursive: true });
  const lock = new DatabaseSync(join(folder, 'trainyard.lock'), { timeout: 0 });
  try {
    lock.exec('pragma journal_mode = memory; begin exclusive');
  } catch (error) {
    lock.close();
    if ((((error as { errcode?: number }).errcode ?? 0) & 0xff) === 5) return undefined;
    throw error;
  }
  return () => lock.close();
}
