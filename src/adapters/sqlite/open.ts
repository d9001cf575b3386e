import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { errorFromWire } from '#kernel/errors.ts';
import type { Databases, Remote, StoreDefinition } from '#ports/database.ts';
import { fail, refuseForeign, TELLING_TABLES } from '#ports/migrate.ts';
import type { WorkerAnswer, WorkerRequest } from './messages.ts';

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** SQLite in two worker threads, one that writes and one that reads, so that no query holds the loop that answers predictions. */
export async function openSqlite(options: { readonly path: string }): Promise<Databases> {
  mkdirSync(dirname(options.path), { recursive: true });
  if (existsSync(options.path)) refuseForeign(tellingTables(options.path), options.path);
  const writer = new DatabaseThread(options.path, false);
  await writer.call({ kind: 'ping' });
  const reader = new DatabaseThread(options.path, true);
  return {
    dialect: 'sqlite',
    open: async <S extends object, T>(definition: StoreDefinition<S, T>) => {
      const load = { kind: 'load', store: definition.name, module: definition.module } as const;
      await writer.call(load);
      await reader.call(load);
      return remoteStore(definition, writer, reader);
    },
    ping: async () => {
      await reader.call({ kind: 'ping' });
    },
    close: async () => {
      await reader.close();
      await writer.close();
    },
  };
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

function remoteStore<S extends object, T>(definition: StoreDefinition<S, T>, writer: DatabaseThread, reader: DatabaseThread): Remote<S> {
  const reads = new Set<string>(definition.reads);
  const methods = new Map<string, (...args: unknown[]) => Promise<unknown>>();
  return new Proxy({} as Remote<S>, {
    get: (_, method) => {
      // A promise-like proxy would be awaited by accident: `await store` must give the store.
      if (typeof method !== 'string' || method === 'then') return undefined;
      let call = methods.get(method);
      if (!call) {
        const thread = reads.has(method) ? reader : writer;
        call = (...args) => thread.call({ kind: 'call', store: definition.name, method, args });
        methods.set(method, call);
      }
      return call;
    },
  });
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

class DatabaseThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #dead: Error | undefined;

  constructor(path: string, readOnly: boolean) {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { path, readOnly },
      name: readOnly ? 'sqlite-reader' : 'sqlite-writer',
    });
    this.#worker.on('message', (answer: WorkerAnswer) => this.#settle(answer));
    this.#worker.on('error', (error) => this.#die(error as Error));
    this.#worker.on('exit', () => this.#die(new Error('the database thread ended')));
    this.#worker.unref();
  }

  call(request: Without<WorkerRequest, 'id'>): Promise<unknown> {
    if (this.#dead) return Promise.reject(fail.unavailable({ reason: this.#dead.message }, this.#dead));
    const id = this.#next++;
    // While answers are due the thread keeps the program alive; an idle one does not.
    if (this.#waiting.size === 0) this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id } as WorkerRequest);
    });
  }

  async close(): Promise<void> {
    if (!this.#dead) await this.call({ kind: 'close' });
    await this.#worker.terminate();
  }

  #settle(answer: WorkerAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (answer.error) waiting?.reject(errorFromWire(answer.error));
    else waiting?.resolve(answer.value);
  }

  #die(error: Error): void {
    this.#dead ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(fail.unavailable({ reason: error.message }, error));
    this.#waiting.clear();
  }
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
