import { join, resolve } from 'node:path';
import type { Logger } from '#kernel/logger.ts';
import type { Ports } from '#roles/define-role.ts';
import type { CoreConfig } from './config/core.ts';

type Openers = { readonly [K in keyof Ports]: (config: CoreConfig, logger: Logger) => Promise<Ports[K]> };

/** How each port is filled; only what is chosen is loaded. */
export const adapters: Openers = {
  database: async ({ data, database }) => {
    if (/^postgres(?:ql)?:/u.test(database.url)) {
      const { openPostgres } = await import('#adapters/postgres/open.ts');
      return openPostgres({ url: database.url.replace(/^postgresql\+\w+:/u, 'postgresql:'), poolSize: database.pool_size });
    }
    const { openSqlite } = await import('#adapters/sqlite/open.ts');
    return openSqlite({ path: sqlitePath(database.url) ?? join(resolve(data), 'trainyard.db') });
  },
  blobs: async ({ data, blobs }) => {
    const { openFileBlobs } = await import('#adapters/fs/blobs.ts');
    return openFileBlobs({ root: blobs.root === '' ? join(resolve(data), 'artifacts') : resolve(blobs.root) });
  },
  eventLog: async ({ data, event_log }, logger) => {
    const { openSegmentLog } = await import('#adapters/segment-log/open.ts');
    return openSegmentLog({
      dir: join(resolve(data), 'events'),
      durability: event_log.durability,
      segmentBytes: event_log.segment_bytes,
      logger,
    });
  },
  analytics: async ({ data, analytics }, logger) => {
    const { openAnalytics } = await import('#adapters/duckdb/analytics.ts');
    return openAnalytics({ path: join(resolve(data), 'analytics.duckdb'), memoryLimit: analytics.memory_limit, logger });
  },
  inference: async () => {
    const { openOnnx } = await import('#adapters/onnx/open.ts');
    return openOnnx();
  },
  tables: async (_, logger) => {
    const { openTables } = await import('#adapters/duckdb/tables.ts');
    return openTables({ logger });
  },
};

/** The file of an SQLAlchemy-style URL: `sqlite:///relative.db`, `sqlite:////absolute.db`. */
function sqlitePath(url: string): string | undefined {
  const path = /^sqlite:\/\/\/(.+)$/u.exec(url)?.[1];
  return path === undefined ? undefined : resolve(path);
}
