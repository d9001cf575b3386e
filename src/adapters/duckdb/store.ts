import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { IngestResult } from '#ports/analytics.ts';
import type { LogChunk } from '#ports/event-log.ts';
import { fail } from './errors.ts';
import { Ingester } from './ingest/ingest.ts';
import type { QueryContext } from './queries/predictions.ts';
import type { Row, Sql } from './queries/sql.ts';
import { migrate } from './schema.ts';

export interface StoreOptions {
  readonly path: string;
  readonly memoryLimit: string;
  readonly queryTimeoutMs: number;
}

/** At most so many queries at once: each holds a thread of Node's pool, which the whole process shares. */
const READERS = 2;
/** How long nothing must come in before the write-ahead log is folded into the file. */
const IDLE_MS = 2000;
/** Folding while events come in holds them up: about half a second for this much (250,000 events), so mostly it is left to quiet moments. */
const CHECKPOINT_THRESHOLD = '64MB';

/** The DuckDB file: one connection writes, a few read. Lives in the worker that alone has the file open. */
export class Store {
  readonly #instance: DuckDBInstance;
  readonly #writer: DuckDBConnection;
  readonly #readers: readonly DuckDBConnection[];
  readonly #free: DuckDBConnection[];
  readonly #queue: ((connection: DuckDBConnection) => void)[] = [];
  readonly #timeoutMs: number;
  readonly #ingester: Ingester;
  #writing: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;
  #closing = false;

  private constructor(instance: DuckDBInstance, connections: DuckDBConnection[], timeoutMs: number) {
    this.#instance = instance;
    this.#writer = connections[0]!;
    this.#readers = connections.slice(1);
    this.#free = [...this.#readers];
    this.#timeoutMs = timeoutMs;
    this.#ingester = new Ingester(this.#writer);
  }

  static async open({ path, memoryLimit, queryTimeoutMs }: StoreOptions): Promise<Store> {
    const settings = {
      threads: '1',
      memory_limit: memoryLimit,
      checkpoint_threshold: CHECKPOINT_THRESHOLD,
      autoinstall_known_extensions: 'false',
    };
    const instance = await DuckDBInstance.create(path, settings).catch((error: unknown) => {
      throw fail.unopenable({ path, reason: firstLine(error) }, error);
    });
    try {
      const connections = await Promise.all(Array.from({ length: READERS + 1 }, () => instance.connect()));
      for (const connection of connections) await connection.run("SET TimeZone = 'UTC'");
      await migrate(connections[0]!, path);
      const store = new Store(instance, connections, queryTimeoutMs);
      await store.#ingester.load();
      return store;
    } catch (error) {
      instance.closeSync();
      throw error;
    }
  }

  get context(): QueryContext {
    return { run: (query) => this.query(query), index: this.#ingester };
  }

  position(partition: string): number {
    return this.#ingester.position(partition);
  }

  /** Chunks are taken one after the other. */
  ingest(chunk: LogChunk): Promise<IngestResult> {
    return this.#write(() => this.#ingester.ingest(chunk));
  }

  async prune(beforeMs: number): Promise<number> {
    const before = `make_timestamp(${Math.round(beforeMs * 1000)}::BIGINT)`;
    return this.#write(async () => {
      const removed = await this.#writer.run(`DELETE FROM predictions WHERE time < ${before}`);
      await this.#writer.run(`DELETE FROM feedback WHERE time < ${before}`);
      await this.#writer.run(`DELETE FROM dead_letters WHERE time < ${before}`);
      return removed.rowsChanged;
    });
  }

  /** Runs a query beside the writer; it is interrupted when it takes too long. @throws ANALYTICS_TIMEOUT */
  async query({ text, values }: Sql): Promise<Row[]> {
    const connection = await this.#reader();
    if (this.#closing) {
      this.#release(connection);
      throw closing();
    }
    let stop: NodeJS.Timeout | undefined;
    const timer = setTimeout(() => {
      stop = interruptUntilCleared([connection]);
    }, this.#timeoutMs);
    try {
      const reader = await connection.runAndReadAll(text, [...values]);
      return reader.getRowObjects();
    } catch (error) {
      if (this.#closing) throw closing();
      throw stop !== undefined ? fail.timeout({ seconds: this.#timeoutMs / 1000 }, error) : error;
    } finally {
      clearTimeout(timer);
      clearInterval(stop);
      this.#release(connection);
    }
  }

  async close(): Promise<void> {
    this.#closing = true;
    const stop = interruptUntilCleared(this.#readers);
    for (const _ of this.#readers) await this.#reader();
    clearInterval(stop);
    await this.#writing;
    clearTimeout(this.#idle);
    await this.#writer.run('CHECKPOINT').catch(() => {});
    for (const connection of [this.#writer, ...this.#readers]) connection.closeSync();
    this.#instance.closeSync();
  }

  #write<R>(work: () => Promise<R>): Promise<R> {
    clearTimeout(this.#idle);
    const result = this.#writing.then(work).catch((error: unknown) => {
      throw /no space left|disk quota|could not write/i.test(String(error)) ? fail.full({ reason: firstLine(error) }, error) : error;
    });
    this.#writing = result
      .catch(() => {})
      .then(() => {
        clearTimeout(this.#idle);
        this.#idle = setTimeout(() => this.#checkpoint(), IDLE_MS);
      });
    return result;
  }

  /** DuckDB refuses while a query reads older data; the next quiet moment will do. */
  #checkpoint(): void {
    this.#writing = this.#writing.then(() => this.#writer.run('CHECKPOINT')).catch(() => {});
  }

  #reader(): Promise<DuckDBConnection> | DuckDBConnection {
    return this.#free.pop() ?? new Promise((resolve) => this.#queue.push(resolve));
  }

  #release(connection: DuckDBConnection): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#free.push(connection);
    else next(connection);
  }
}

function closing(): Error {
  return fail.workerGone({ worker: 'analytics', reason: 'it is being closed' });
}

/** Again and again: an interrupt that comes between two steps of a query (parse, prepare, execute, fetch) has no effect. */
function interruptUntilCleared(connections: readonly DuckDBConnection[]): NodeJS.Timeout {
  const interrupt = (): void => {
    for (const connection of connections) connection.interrupt();
  };
  interrupt();
  return setInterval(interrupt, 50);
}

function firstLine(error: unknown): string {
  return String((error as Error).message ?? error).split('\n')[0]!;
}
