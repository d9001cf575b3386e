import type { Logger } from '#kernel/logger.ts';
import type { FileTable, Tables } from '#ports/tables.ts';
import { fileColumn, type WireTable } from './tables/wire.ts';
import { WorkerClient } from './worker-client.ts';

const IDLE_MS = 30_000;

/** Reads data files in a worker that starts with the first file and ends when none was read for a while. */
export function openTables({ logger, idleMs = IDLE_MS }: { readonly logger: Logger; readonly idleMs?: number }): Tables {
  let worker: WorkerClient | undefined;
  let reading = 0;
  let idle: NodeJS.Timeout | undefined;

  async function close(): Promise<void> {
    clearTimeout(idle);
    const ending = worker;
    worker = undefined;
    await ending?.close();
  }

  return {
    async read(path) {
      clearTimeout(idle);
      worker ??= new WorkerClient(new URL('./tables/worker.ts', import.meta.url), 'tables', undefined);
      reading++;
      const startedMs = performance.now();
      try {
        const table = await worker.call<WireTable>('read', [path]);
        logger.debug({ path, rows: table.rows, took_ms: Math.round(performance.now() - startedMs) }, 'a data file was read');
        return { ...table, columns: table.columns.map(fileColumn) } satisfies FileTable;
      } finally {
        reading--;
        if (reading === 0) idle = setTimeout(() => void close(), idleMs).unref();
      }
    },
    close,
  };
}
