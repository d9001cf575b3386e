import { workerData } from 'node:worker_threads';
import { collectWhenIdle } from '#kernel/heap.ts';
import { giveWay } from '#kernel/thread-priority.ts';
import type { Analytics } from '#ports/analytics.ts';
import { countPredictions, groups, series, summary } from './queries/figures.ts';
import { histogram } from './queries/histogram.ts';
import { pairs } from './queries/pairs.ts';
import { listPredictions, newestByKeys, pairsOf, predictionsByIds } from './queries/predictions.ts';
import { quality } from './queries/quality.ts';
import { raw, sql } from './queries/sql.ts';
import { Store, type StoreOptions } from './store.ts';
import { serve } from './worker-server.ts';

/** DuckDB's own threads inherit it: taking events in must not take the processor from predictions. */
const NICE = 10;

giveWay(NICE);
collectWhenIdle();

let opened: Promise<Store> | undefined;

function store(): Promise<Store> {
  opened ??= Store.open(workerData as StoreOptions);
  return opened;
}

const context = async () => (await store()).context;
const run = async () => (await store()).context.run;

const analytics: Analytics = {
  position: async (partition) => (await store()).position(partition),
  ingest: async (chunk) => (await store()).ingest(chunk),
  list: async (filter, page) => listPredictions(await context(), filter, page),
  get: async (id) => (await predictionsByIds(await context(), [id]))[0],
  getMany: async (ids) => predictionsByIds(await context(), ids),
  getByKeys: async (deployment, keys) => newestByKeys(await context(), deployment, keys),
  pairsOf: async (id) => pairsOf(await context(), id),
  count: async (filter) => countPredictions(await run(), filter),
  summary: async (filter) => summary(await run(), filter),
  series: async (filter, bucketMs, by) => series(await run(), filter, { bucketMs, by }),
  groups: async (filter, by) => groups(await run(), filter, by),
  quality: async (filter, windowMs) => quality(await run(), filter, windowMs),
  pairs: async (filter) => pairs(await run(), filter),
  histogram: async (filter, feature, edges) => histogram(await context(), filter, { feature, edges }),
  prune: async (beforeMs) => (await store()).prune(beforeMs),
  deadLetters,
  ping: async () => void (await (await run())(sql`SELECT 1`)),
  close: async () => (await store()).close(),
};

async function deadLetters(limit: number) {
  const rows = await (await run())(sql`SELECT c.partition, d."offset"::DOUBLE AS "offset", d.reason, d.record
    FROM dead_letters d JOIN cursors c ON c.log = d.log ORDER BY d.rowid DESC LIMIT ${raw(String(Math.max(0, Math.floor(limit))))}`);
  return rows as unknown as { partition: string; offset: number; reason: string; record: string }[];
}

serve(analytics as unknown as Parameters<typeof serve>[0]);
