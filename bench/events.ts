import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openAnalytics } from '#adapters/duckdb/analytics.ts';
import { openSegmentLog } from '#adapters/segment-log/open.ts';
import { EVENT_TYPES, type PredictionData } from '#contract/events.ts';
import { timeOrderedId } from '#kernel/ids.ts';
import { silentLogger } from '#kernel/logger.ts';
import type { EventLog } from '#ports/event-log.ts';

/** Events on their way from the answer to the searchable row: `node bench/events.ts [events]`. */
const events = Number(process.argv[2] ?? 200_000);
const FEATURES = ['MedInc', 'HouseAge', 'AveRooms', 'AveBedrms', 'Population', 'AveOccup', 'Latitude', 'Longitude'];

function record(i: number): Uint8Array {
  const nowMs = Date.now() - events + i;
  const id = timeOrderedId(nowMs);
  const data: PredictionData = {
    prediction_id: id,
    request_id: timeOrderedId(nowMs),
    row: 0,
    deployment: 'housing',
    role: 'primary',
    model_name: 'california',
    model_version: '3',
    features: Object.fromEntries(FEATURES.map((name, f) => [name, Math.round(1000 * Math.sin(i + f)) / 100])),
    status: 'ok',
    prediction: Math.round(1000 * Math.cos(i)) / 1000,
    task: 'regression',
    duration_ms: 1 + (i % 7) / 10,
    queue_ms: 0.3,
    batch_size: 4,
  };
  const time = new Date(nowMs).toISOString();
  return Buffer.from(JSON.stringify({ specversion: '1.0', id, source: 'bench', type: EVENT_TYPES.prediction, time, data }));
}

async function appendCost(dir: string, records: readonly Uint8Array[], batch: number): Promise<number> {
  const log = await openSegmentLog({ dir, durability: 'os', logger: silentLogger });
  const batches = Array.from({ length: Math.floor(records.length / batch) }, (_, i) => records.slice(i * batch, (i + 1) * batch));
  for (const warm of batches.slice(0, 500)) log.append(warm);
  const before = process.cpuUsage();
  for (const one of batches) log.append(one);
  const { user, system } = process.cpuUsage(before);
  await log.close();
  return (user + system) / (batches.length * batch);
}

async function readAll(log: EventLog): Promise<number> {
  const startedMs = performance.now();
  const head = await log.head();
  for (let from = 0; from < head; ) from = (await log.read(from, 1 << 20)).to;
  return performance.now() - startedMs;
}

/** A producer that appends as fast as it may while a sink reads chunks of 1 MiB and indexes them. */
async function wholeWay(dir: string, records: readonly Uint8Array[]): Promise<{ totalMs: number; readMs: number; loopMs: number }> {
  const log = await openSegmentLog({ dir: join(dir, 'log'), durability: 'os', logger: silentLogger });
  const analytics = await openAnalytics({ path: join(dir, 'analytics.duckdb'), logger: silentLogger });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startedMs = performance.now();
  const producing = (async () => {
    for (let i = 0; i < records.length; i += 128) {
      log.append(records.slice(i, i + 128));
      await new Promise(setImmediate);
    }
  })();
  for (let from = 0; from < records.length; ) {
    await log.waitFor(from, new AbortController().signal);
    const chunk = await log.read(from, 1 << 20);
    from = (await analytics.ingest(chunk)).position;
  }
  await producing;
  const totalMs = performance.now() - startedMs;
  delay.disable();
  const count = await analytics.count({});
  if (count !== records.length) throw new Error(`${count} rows for ${records.length} events`);
  const readMs = await readAll(log);
  await analytics.close();
  await log.close();
  return { totalMs, readMs, loopMs: delay.percentile(99.9) / 1e6 };
}

const folder = mkdtempSync(join(tmpdir(), 'bench-events-'));
try {
  const records = Array.from({ length: events }, (_, i) => record(i));
  const bytes = Math.round(records.reduce((sum, r) => sum + r.length, 0) / events);
  const rows: Record<string, unknown>[] = [];
  for (const batch of [1, 16, 128]) {
    const cost = await appendCost(join(folder, `append-${batch}`), records, batch);
    rows.push({ step: `append, ${batch} per batch`, 'µs CPU per event': cost.toFixed(2), 'events/s': Math.round(1e6 / cost) });
  }
  const { totalMs, readMs, loopMs } = await wholeWay(folder, records);
  rows.push({ step: 'read', 'µs CPU per event': '', 'events/s': Math.round((events / readMs) * 1000) });
  rows.push({ step: 'append → log → read → committed row', 'µs CPU per event': '', 'events/s': Math.round((events / totalMs) * 1000) });
  console.log(`${events} events of ${bytes} bytes with ${FEATURES.length} features; loop delay p99.9 ${loopMs.toFixed(1)} ms`);
  console.table(rows);
} finally {
  rmSync(folder, { recursive: true });
}
