import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from '#kernel/logger.ts';
import type { Analytics } from '#ports/analytics.ts';
import type { StoreOptions } from './store.ts';
import { WorkerClient } from './worker-client.ts';

export interface AnalyticsOptions {
  /** The file; it is made if need be. Only one process may have it open. */
  readonly path: string;
  readonly memoryLimit?: string;
  readonly queryTimeoutMs?: number;
  readonly logger: Logger;
}

/** Opens the index in a worker of its own: two threads with the same DuckDB file would see two different databases. */
export async function openAnalytics({
  path,
  memoryLimit = '512MB',
  queryTimeoutMs = 30_000,
  logger,
}: AnalyticsOptions): Promise<Analytics> {
  await mkdir(dirname(path), { recursive: true });
  const options: StoreOptions = { path, memoryLimit, queryTimeoutMs };
  const worker = new WorkerClient(new URL('./worker.ts', import.meta.url), 'analytics', options);
  const startedMs = performance.now();
  try {
    await worker.call('ping', []);
  } catch (error) {
    await worker.close().catch(() => {});
    throw error;
  }
  logger.info({ path, opened_ms: Math.round(performance.now() - startedMs) }, 'the prediction index is open');
  return proxy(worker);
}

function proxy(worker: WorkerClient): Analytics {
  return {
    position: (...args) => worker.call('position', args),
    async ingest(chunk) {
      if (chunk.bytes.buffer instanceof SharedArrayBuffer) return worker.call('ingest', [chunk]);
      // A copy is handed over, so that the caller can read or send its chunk again.
      const bytes = new Uint8Array(chunk.bytes);
      return worker.call('ingest', [{ ...chunk, bytes }], [bytes.buffer]);
    },
    list: (...args) => worker.call('list', args),
    get: (...args) => worker.call('get', args),
    getMany: (...args) => worker.call('getMany', args),
    getByKeys: (...args) => worker.call('getByKeys', args),
    pairsOf: (...args) => worker.call('pairsOf', args),
    count: (...args) => worker.call('count', args),
    summary: (...args) => worker.call('summary', args),
    series: (...args) => worker.call('series', args),
    groups: (...args) => worker.call('groups', args),
    quality: (...args) => worker.call('quality', args),
    pairs: (...args) => worker.call('pairs', args),
    histogram: (...args) => worker.call('histogram', args),
    prune: (...args) => worker.call('prune', args),
    deadLetters: (...args) => worker.call('deadLetters', args),
    ping: (...args) => worker.call('ping', args),
    close: () => worker.close(),
  };
}
