import type { DuckDBValue } from '@duckdb/node-api';
import type { FeatureValue } from '#contract/events.ts';
import type { IndexedPrediction, PredictionFilter } from '#ports/analytics.ts';
import { fail } from '../errors.ts';
import type { Ingester } from '../ingest/ingest.ts';
import type { Layout, SlotKind } from '../ingest/layouts.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { and, list as listOf, type Row, type RunQuery, raw, type Sql, sql, timestamp, value, where } from './sql.ts';

const NEWEST_FIRST = 'p.time DESC, p.log DESC, p."offset" DESC';

/** What a query needs of its surroundings. */
export interface QueryContext {
  readonly run: RunQuery;
  readonly index: Pick<Ingester, 'layouts' | 'logOf' | 'partitionOf'>;
}

/** One page, newest first. */
export async function listPredictions(
  context: QueryContext,
  filter: PredictionFilter,
  page: { readonly cursor?: string; readonly limit: number },
): Promise<{ items: IndexedPrediction[]; next_cursor: string | null }> {
  const conditions = [where(filter)];
  if (page.cursor !== undefined) conditions.push(behind(context, page.cursor));
  const limit = Math.max(1, Math.floor(page.limit));
  const ids = sql`SELECT p.rowid FROM predictions p WHERE ${and(conditions)} ORDER BY ${raw(NEWEST_FIRST)} LIMIT ${raw(String(limit + 1))}`;
  const rows = await rowsOf(context, ids);
  const more = rows.length > limit;
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items: await predictionsOf(context, items), next_cursor: more && last !== undefined ? cursorOf(context, last) : null };
}

function cursorOf({ index }: QueryContext, row: Row): string {
  const partition = index.partitionOf(row.log as number) ?? '';
  return encodeCursor({ timeMs: row.time_ms as number, partition, offset: row.offset_number as number });
}

/** Everything that stands behind the cursor. */
function behind({ index }: QueryContext, cursor: string): Sql {
  const { timeMs, partition, offset } = decodeCursor(cursor);
  const log = index.logOf(partition);
  if (log === undefined) throw fail.cursorInvalid({});
  const time = timestamp(timeMs);
  const place = raw(`p.log < ${log} OR (p.log = ${log} AND p."offset" < ${offset})`);
  return sql`p.time <= ${time} AND (p.time < ${time} OR ${place})`;
}

export async function predictionsByIds(context: QueryContext, ids: readonly string[]): Promise<IndexedPrediction[]> {
  if (ids.length === 0) return [];
  return predictionsOf(context, await rowsOf(context, sql`SELECT p.rowid FROM predictions p WHERE p.prediction_id IN (${listOf(ids)})`));
}

/** The newest answer (not a shadow's) for each key. */
export async function newestByKeys(context: QueryContext, deployment: string, keys: readonly string[]): Promise<IndexedPrediction[]> {
  if (keys.length === 0) return [];
  const ids = sql`SELECT p.rowid FROM predictions p WHERE p.deployment = ${value(deployment)} AND p.role <> 'shadow' AND p.key IN (${listOf(keys)})
    QUALIFY row_number() OVER (PARTITION BY p.key ORDER BY ${raw(NEWEST_FIRST)}) = 1`;
  return predictionsOf(context, await rowsOf(context, ids));
}

/** The other predictions of the same row. */
export async function pairsOf(context: QueryContext, predictionId: string): Promise<IndexedPrediction[]> {
  const [self] = await context.run(
    sql`SELECT coalesce(paired_with, prediction_id) AS root FROM predictions WHERE prediction_id = ${value(predictionId)}`,
  );
  if (self === undefined) return [];
  const root = value(self.root!);
  const ids = sql`SELECT rowid FROM predictions WHERE prediction_id = ${root} UNION ALL SELECT rowid FROM predictions WHERE paired_with = ${root}`;
  const rows = await rowsOf(context, ids);
  return predictionsOf(
    context,
    rows.filter((row) => row.prediction_id !== predictionId),
  );
}

/** Whole rows are only read for the ones that are shown: the table is wide. */
async function rowsOf({ run }: QueryContext, ids: Sql): Promise<Row[]> {
  return run(sql`SELECT epoch_ms(p.time)::DOUBLE AS time_ms, p."offset"::DOUBLE AS offset_number, p.* EXCLUDE (time, "offset")
    FROM predictions p WHERE p.rowid IN (${ids}) ORDER BY ${raw(NEWEST_FIRST)}`);
}

async function predictionsOf({ run, index }: QueryContext, rows: readonly Row[]): Promise<IndexedPrediction[]> {
  if (rows.length === 0) return [];
  const ids = [...new Set(rows.map((r) => (r.paired_with ?? r.prediction_id) as string))];
  const labels = await run(
    sql`SELECT prediction_id, label, raw_label, value, observed_at FROM feedback WHERE prediction_id IN (${listOf(ids)})`,
  );
  const byId = new Map(labels.map((l) => [l.prediction_id as string, l]));
  return rows.map((row) => {
    const label = byId.get((row.paired_with ?? row.prediction_id) as string);
    return prediction(row, label, index.layouts.get(row.layout as number));
  });
}

function prediction(row: Row, label: Row | undefined, layout: Layout | undefined): IndexedPrediction {
  const same = row as unknown as Omit<IndexedPrediction, 'features'>;
  return {
    prediction_id: same.prediction_id,
    request_id: same.request_id,
    row: same.row,
    time: new Date(row.time_ms as number).toISOString(),
    deployment: same.deployment,
    role: same.role,
    model_name: same.model_name,
    model_version: same.model_version,
    run_id: same.run_id,
    status: same.status,
    task: same.task,
    prediction: (row.value ?? row.raw_label ?? row.label) as number | string | null,
    probabilities: json(row.probabilities) as Record<string, number> | null,
    features: features(row, layout),
    duration_ms: same.duration_ms,
    queue_ms: same.queue_ms,
    batch_size: same.batch_size,
    key: same.key,
    paired_with: same.paired_with,
    error: row.error_code == null ? null : { code: row.error_code as string, message: (row.error_message ?? '') as string },
    actual: label === undefined ? null : ((label.raw_label ?? label.value ?? label.label) as number | string),
    observed_at: label === undefined ? null : (label.observed_at as string),
  };
}

function features(row: Row, layout: Layout | undefined): Record<string, FeatureValue> {
  const found: Record<string, FeatureValue> = {};
  for (const [name, slots] of layout?.features ?? []) {
    found[name] = null;
    for (const kind in slots) {
      const cell = row[`${kind}${slots[kind as SlotKind]}`];
      if (cell != null) found[name] = cell as FeatureValue;
    }
  }
  return { ...found, ...(json(row.extra) as Record<string, FeatureValue> | null) };
}

function json(text: DuckDBValue | undefined): unknown {
  return text == null ? null : JSON.parse(text as string);
}
