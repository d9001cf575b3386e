import { stat } from 'node:fs/promises';
import type { Logger } from '#kernel/logger.ts';
import type { FileTable, Tables } from '#ports/tables.ts';
import { fileColumn, type WireTable } from './tables/wire.ts';
import { WorkerClient } from './worker-client.ts';

const IDLE_MS = 30_000;
/** Values of the last file that may wait for its next reader: about 200 MB. */
const MAX_KEPT_VALUES = 25_000_000;

export interface TablesOptions {
  readonly logger: Logger;
  /** How long the worker, and what it read last, outlive the last reading. */
  readonly idleMs?: number;
}

interface Kept {
  readonly key: string;
  readonly table: Promise<FileTable>;
}

/**
 * Reads data files in a worker that starts with the first file and ends when none was read for a while. A training looks at its file two or three times within
 * seconds, so the last one is kept until then.
 */
export function openTables({ logger, idleMs = IDLE_MS }: TablesOptions): Tables {
  let worker: WorkerClient | undefined;
  let kept: Kept | undefined;
  let reading = 0;
  let idle: NodeJS.Timeout | undefined;

  async function close(): Promise<void> {
    clearTimeout(idle);
    const ending = worker;
    worker = undefined;
    kept = undefined;
    await ending?.close();
  }

  async function parse(path: string): Promise<FileTable> {
    worker ??= new WorkerClient(new URL('./tables/worker.ts', import.meta.url), 'tables', undefined);
    const startedMs = performance.now();
    const table = await worker.call<WireTable>('read', [path]);
    logger.debug({ path, rows: table.rows, took_ms: Math.round(performance.now() - startedMs) }, 'a data file was read');
    return { ...table, columns: table.columns.map(fileColumn) };
  }

  async function readOnce(path: string): Promise<FileTable> {
    const key = await stateOf(path);
    if (key !== undefined && kept?.key === key) return kept.table;
    const reading: Kept = { key: key ?? '', table: parse(path) };
    kept = key === undefined ? undefined : reading;
    try {
      const table = await reading.table;
      if (table.rows * table.columns.length > MAX_KEPT_VALUES && kept === reading) kept = undefined;
      return table;
    } catch (error) {
      if (kept === reading) kept = undefined;
      throw error;
    }
  }

  return {
    async read(path) {
      clearTimeout(idle);
      reading++;
      try {
        return await readOnce(path);
      } finally {
        reading--;
        if (reading === 0) idle = setTimeout(() => void close(), idleMs).unref();
      }
    },
    close,
  };
}

/** Changes when the file does; nothing for what is no file, whose reader says why. */
async function stateOf(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found?.isFile() ? `${path} ${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}` : undefined;
}
