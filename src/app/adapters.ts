import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { DatabaseThread } from '#adapters/sqlite/thread.ts';
import { databaseName } from '#kernel/database-name.ts';
import { KnownError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import type { BlobPlaces, Blobs } from '#ports/blobs.ts';
import type { Databases, StoreHandle } from '#ports/database.ts';
import type { Tracing } from '#ports/telemetry/tracing.ts';
import type { Ports } from '#roles/define-role.ts';
import type { CoreConfig } from './config/core.ts';
import { fail } from './errors.ts';
import { makeFolder } from './make-folder.ts';
import { blobPlace, databasePlace } from './places.ts';
import { VERSION } from './version.ts';

/** What is known before a port is opened. */
export interface Expected {
  /** Stores that roles of this process will open. */
  readonly stores: readonly StoreHandle<object>[];
  /** A thread for SQLite that was made before. */
  readonly databaseThread?: DatabaseThread | undefined;
}

type Openers = { readonly [K in keyof Ports]: (config: CoreConfig, logger: Logger, expected?: Expected) => Promise<Ports[K]> };

/** How each port is filled; only what is chosen is loaded. */
export const adapters: Openers = {
  database: async ({ data, database }, logger, expected) => {
    const place = databasePlace(database.url, data);
    const thread = expected?.databaseThread;
    if (place.kind === 'postgres') {
      void thread?.discard();
      return openKnownPostgres(place.url, { poolSize: database.pool_size, data, logger });
    }
    const { openSqlite } = await import('#adapters/sqlite/open.ts');
    return openAt('database.url', dirname(place.path), () =>
      openSqlite({ path: place.path, expected: expected?.stores ?? [], logger, ...(thread ? { thread } : {}) }),
    );
  },
  blobs: async ({ data, blobs }, logger) => {
    const place = blobPlace(blobs.root, data);
    if (place.kind === 's3') return openKnownBucket(blobs, { root: place.root, data, logger });
    const { openFileBlobs } = await import('#adapters/fs/blobs.ts');
    return openAt('blobs.root', place.dir, () => openFileBlobs({ root: place.dir }));
  },
  blobPlaces: async ({ blobs }) => placesBelow((root) => openBucket(blobs, root)),
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
  inference: async ({ data, inference }) => {
    const { openOnnx } = await import('#adapters/onnx/open.ts');
    return openOnnx({
      folder: join(resolve(data), 'inference'),
      loadTimeoutMs: inference.load_timeout_ms,
      runTimeoutMs: inference.run_timeout_ms,
      memoryBytes: inference.process_bytes,
    });
  },
  pythonModels: async (_, logger) => {
    const { openPythonModels } = await import('#adapters/python/open.ts');
    return openPythonModels({ logger });
  },
  tables: async (_, logger) => {
    const { openTables } = await import('#adapters/duckdb/tables.ts');
    return openTables({ logger });
  },
  tracing: async ({ tracing }, logger) => {
    if (!tracing.enabled || tracing.exporter === 'none' || tracing.endpoint === '') return NO_TRACES;
    const { openTracing } = await import('#adapters/opentelemetry/open.ts');
    return openTracing({
      url: tracing.endpoint,
      headers: tracing.headers,
      serviceName: tracing.service_name,
      serviceVersion: VERSION,
      resource: tracing.resource,
      sampler: tracing.sampler,
      ratio: tracing.sample_ratio,
      queueSpans: tracing.queue_spans,
      batchSpans: tracing.batch_spans,
      delayMs: tracing.delay_ms,
      logger,
    });
  },
};

const NO_TRACES: Tracing = {
  isOn: false,
  start: () => {
    throw new Error('nobody asked for traces');
  },
  close: async () => {},
};

/** @throws PLACE_UNUSABLE for what the operator can mend; what the adapter itself names stays */
async function openAt<T>(key: string, folder: string, open: () => Promise<T>): Promise<T> {
  try {
    makeFolder(folder);
    return await open();
  } catch (error) {
    throw error instanceof KnownError ? error : fail.placeUnusable({ key, folder, reason: (error as Error).message }, error);
  }
}

/** As with a bucket: a database that answered before may be silent at a start, and what needs none goes on. */
async function openKnownPostgres(
  url: string,
  { poolSize, data, logger }: { poolSize: number; data: string; logger: Logger },
): Promise<Databases> {
  const { openPostgres } = await import('#adapters/postgres/open.ts');
  const name = databaseName(url);
  const seen = join(resolve(data), 'database-seen');
  const isKnown = (await readFile(seen, 'utf8').catch(() => '')) === name;
  let isSilent = false;
  const onSilent = (error: Error): void => {
    isSilent = true;
    logger.warn({ database: name, error: error.message }, 'the database does not answer; it is asked again');
  };
  const databases = await openPostgres({ url, poolSize, ...(isKnown ? { onSilent } : {}) });
  if (!isSilent && !isKnown) await writeFile(seen, name);
  return databases;
}

/**
 * A bucket that answered before may be silent at a start: what needs it says so until it is back, and the rest works. One that never answered is more
 * likely a mistake in the settings, and ends the start.
 */
async function openKnownBucket(
  settings: CoreConfig['blobs'],
  { root, data, logger }: { root: string; data: string; logger: Logger },
): Promise<Blobs> {
  const seen = join(resolve(data), 'bucket-seen');
  const isKnown = (await readFile(seen, 'utf8').catch(() => '')) === root;
  const onSilent = (error: Error): void => logger.warn({ root, error: error.message }, 'the bucket does not answer; it is asked again');
  const blobs = await openBucket(settings, root, isKnown ? onSilent : undefined);
  if (!isKnown) await writeFile(seen, root);
  return blobs;
}

async function openBucket(settings: CoreConfig['blobs'], root: string, onSilent?: (error: Error) => void): Promise<Blobs> {
  const { openS3Blobs } = await import('#adapters/s3/open.ts');
  return openS3Blobs({
    root,
    endpoint: settings.endpoint,
    publicEndpoint: settings.public_endpoint,
    ignoreTls: settings.ignore_tls,
    region: settings.region,
    createBucket: settings.create_bucket,
    uploadArgs: settings.upload_args,
    ...(onSilent ? { onSilent } : {}),
  });
}

/** Each place is opened once, when it is first needed; one that failed is tried again the next time. */
function placesBelow(open: (root: string) => Promise<Blobs>): BlobPlaces {
  const opened = new Map<string, Promise<Blobs>>();
  return {
    at: (root) => {
      const known = opened.get(root) ?? open(root);
      opened.set(root, known);
      known.catch(() => opened.delete(root));
      return known;
    },
    close: async () => {
      for (const place of opened.values()) await (await place.catch(() => undefined))?.close();
    },
  };
}
