import { sql, type Transaction } from 'kysely';
import type { Database } from '#ports/database.ts';
import type { Pair, Point } from '../entities.ts';
import { fail } from '../errors.ts';
import type { LoggedModelMetric, TrackingTables } from '../tables.ts';
import { activeRun, among, chunks, type Writer } from './rows.ts';
import { setTags } from './runs.ts';

type Db = Database<TrackingTables>;

export interface Batch {
  readonly params: readonly Pair[];
  readonly metrics: readonly Point[];
  readonly tags: readonly Pair[];
}

interface OwnRun {
  readonly id: number;
  readonly experiment: number;
  readonly run_id: string;
}

/** Parameters, metrics and tags of a run in one unit: all or nothing. @throws TRACKING_PARAM_CHANGED, TRACKING_RUN_NOT_FOUND, TRACKING_LOGGED_MODEL_NOT_FOUND */
export function logBatch(db: Db, runId: string, batch: Batch): Promise<void> {
  return db.write(async (tx) => {
    const run: OwnRun = { ...(await activeRun(tx, runId)), run_id: runId };
    if (batch.params.length > 0) await addParams(tx, run, batch.params);
    if (batch.metrics.length > 0) await addPoints(tx, run, batch.metrics);
    if (batch.metrics.some(({ model_id }) => model_id !== undefined)) await addModelPoints(db, tx, { run, points: batch.metrics });
    if (batch.tags.length > 0) await setTags(tx, run, batch.tags);
  });
}

/** A parameter may be logged again with the same value, never with another. */
async function addParams(tx: Writer, run: OwnRun, params: readonly Pair[]): Promise<void> {
  const keys = params.map(({ key }) => key);
  const rows = await tx.selectFrom('tracking_params').select(['key', 'value']).where('run', '=', run.id).where('key', 'in', keys).execute();
  const known = new Map(rows.map(({ key, value }) => [key, value]));
  const fresh: Pair[] = [];
  for (const { key, value } of params) {
    const was = known.get(key);
    if (was !== undefined && was !== value) throw fail.paramChanged({ key, was, run: run.run_id, now: value });
    if (was === undefined) fresh.push({ key, value });
    known.set(key, value);
  }
  if (fresh.length === 0) return;
  await tx
    .insertInto('tracking_params')
    .values(fresh.map(({ key, value }) => ({ run: run.id, key, experiment: run.experiment, value })))
    .execute();
}

async function addPoints(tx: Writer, run: OwnRun, points: readonly Point[]): Promise<void> {
  const rows = points.map(({ key, timestamp, step, value }) => ({ run: run.id, key, timestamp, step, ...stored(value) }));
  for (const part of chunks(rows)) {
    await tx
      .insertInto('tracking_metrics')
      .values(part)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  const latest = new Map<string, (typeof rows)[number]>();
  for (const row of rows) {
    const before = latest.get(row.key);
    if (before === undefined || isLater(row, before)) latest.set(row.key, row);
  }
  for (const part of chunks([...latest.values()])) {
    await tx
      .insertInto('tracking_latest_metrics')
      .values(part.map((row) => ({ ...row, experiment: run.experiment })))
      .onConflict((conflict) =>
        conflict
          .columns(['run', 'key'])
          .doUpdateSet((e) => ({
            value: e.ref('excluded.value'),
            timestamp: e.ref('excluded.timestamp'),
            step: e.ref('excluded.step'),
            is_nan: e.ref('excluded.is_nan'),
          }))
          .where(
            sql<boolean>`(excluded.step, excluded.timestamp, excluded.value) > (tracking_latest_metrics.step, tracking_latest_metrics.timestamp, tracking_latest_metrics.value)`,
          ),
      )
      .execute();
  }
}

interface Ordered {
  readonly step: number;
  readonly timestamp: number;
  readonly value: number;
}

/** MLflow's rule: the latest point of a key is the one with the greatest step, then timestamp, then value. */
function isLater(a: Ordered, b: Ordered): boolean {
  return a.step !== b.step ? a.step > b.step : a.timestamp !== b.timestamp ? a.timestamp > b.timestamp : a.value > b.value;
}

function stored(value: number): { value: number; is_nan: number } {
  return Number.isNaN(value) ? { value: 0, is_nan: 1 } : { value, is_nan: 0 };
}

async function addModelPoints(
  db: Db,
  tx: Transaction<TrackingTables>,
  { run, points }: { run: OwnRun; points: readonly Point[] },
): Promise<void> {
  const wanted = [...new Set(points.flatMap(({ model_id }) => (model_id === undefined ? [] : [model_id])))];
  const models = await tx
    .selectFrom('tracking_logged_models')
    .select(['id', 'model_id'])
    .where((e) => among(db.dialect, e.ref('model_id'), wanted))
    .execute();
  const ids = new Map(models.map(({ id, model_id }) => [model_id, id]));
  const rows = new Map<string, LoggedModelMetric>();
  for (const { model_id, key, timestamp, step, value, dataset_name = '', dataset_digest = '' } of points) {
    if (model_id === undefined) continue;
    const model = ids.get(model_id);
    if (model === undefined) throw fail.loggedModelNotFound({ id: model_id });
    const row = { model, key, timestamp, step, ...stored(value), run_id: run.run_id, dataset_name, dataset_digest };
    rows.set(JSON.stringify([model, key, timestamp, step, dataset_name, dataset_digest]), row);
  }
  for (const part of chunks([...rows.values()])) {
    await tx
      .insertInto('tracking_logged_model_metrics')
      .values(part)
      .onConflict((conflict) =>
        conflict
          .columns(['model', 'key', 'timestamp', 'step', 'run_id', 'dataset_name', 'dataset_digest'])
          .doUpdateSet((e) => ({ value: e.ref('excluded.value'), is_nan: e.ref('excluded.is_nan') })),
      )
      .execute();
  }
}
