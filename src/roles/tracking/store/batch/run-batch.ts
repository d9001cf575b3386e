import type { Transaction } from 'kysely';
import type { Database } from '#ports/database.ts';
import type { Pair, Point } from '../../entities.ts';
import { fail } from '../../errors.ts';
import { type PackedPoints, packed } from '../../points.ts';
import type { LoggedModelMetric, TrackingTables } from '../../tables.ts';
import { active, among, chunks } from '../rows.ts';
import { setTags, setTagsInOne } from '../runs.ts';

import { statementsOf, type WriteStatements } from './statements.ts';
import { PARAM_CHANGED, type PointColumns, paramsInOne, pointsInOne } from './values-in-one.ts';

type Db = Database<TrackingTables>;

export interface Batch {
  readonly params: readonly Pair[];
  readonly metrics: PackedPoints | readonly Point[];
  readonly tags: readonly Pair[];
}

interface OwnRun {
  readonly id: number;
  readonly experiment: number;
  readonly run_id: string;
}

interface Work {
  readonly tx: Transaction<TrackingTables>;
  readonly statements: WriteStatements;
  readonly run: OwnRun;
}

/** Parameters, metrics and tags of a run in one unit: all or nothing. @throws TRACKING_PARAM_CHANGED, TRACKING_RUN_NOT_FOUND, TRACKING_LOGGED_MODEL_NOT_FOUND */
export async function logBatch(db: Db, runId: string, batch: Batch): Promise<void> {
  const statements = statementsOf(db);
  const points = 'numbers' in batch.metrics ? batch.metrics : packed(batch.metrics);
  // Points and tags settle by themselves which of two values stays; a parameter is compared with what is there, and that must not change meanwhile.
  const isCompared = batch.params.length > 0 || points.ofModels.length > 0;
  const unit = async (tx: Transaction<TrackingTables>): Promise<void> => {
    const run: OwnRun = { ...active(await statements.run(tx, runId), runId), run_id: runId };
    const work: Work = { tx, statements, run };
    if (batch.params.length > 0) await addParams(work, batch.params);
    if (points.keys.length > 0) await addPoints(work, points);
    if (points.ofModels.length > 0) await addModelPoints(db, tx, { run, points: points.ofModels });
    if (batch.tags.length > 0) await setTags(tx, { ...run, statements }, batch.tags);
  };
  if (db.dialect === 'postgres' && (await batchInOne(db, runId, { batch, points }))) return;
  await (isCompared ? db.write(unit) : db.append(unit));
}

/** Most batches hold values of one kind: those take one trip to Postgres. @returns false where that was not enough, and nothing was written */
async function batchInOne(db: Db, runId: string, { batch, points }: { batch: Batch; points: PackedPoints }): Promise<boolean> {
  const { params, tags } = batch;
  const kinds = [params.length, tags.length, points.keys.length, points.ofModels.length].filter((count) => count > 0);
  if (kinds.length !== 1 || points.ofModels.length > 0) return false;
  if (params.length > 0) return addParamsInOne(db, runId, params);
  await (tags.length > 0 ? setTagsInOne(db, runId, tags) : addPointsInOne(db, runId, points));
  return true;
}

/** @returns false where one of them has another value */
async function addParamsInOne(db: Db, runId: string, params: readonly Pair[]): Promise<boolean> {
  try {
    const [run] = await db.appendOne(paramsInOne(runId, uniqueParams(params, new Map(), runId)));
    active(run, runId);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === PARAM_CHANGED) return false;
    throw error;
  }
}

/** A parameter may be logged again with the same value, never with another. */
async function addParams({ tx, statements, run }: Work, params: readonly Pair[]): Promise<void> {
  const keys = params.map(({ key }) => key);
  const rows = await tx.selectFrom('tracking_params').select(['key', 'value']).where('run', '=', run.id).where('key', 'in', keys).execute();
  const known = new Map(rows.map(({ key, value }) => [key, value]));
  const values = uniqueParams(params, known, run.run_id).flatMap(({ key, value }) => [run.id, key, run.experiment, value]);
  await statements.params.run(tx, values);
}

/** Those that are not known yet, each key once. @throws TRACKING_PARAM_CHANGED */
function uniqueParams(params: readonly Pair[], known: Map<string, string>, runId: string): Pair[] {
  const fresh: Pair[] = [];
  for (const { key, value } of params) {
    const was = known.get(key);
    if (was !== undefined && was !== value) throw fail.paramChanged({ key, was, run: runId, now: value });
    if (was === undefined) fresh.push({ key, value });
    known.set(key, value);
  }
  return fresh;
}

async function addPoints({ tx, statements, run }: Work, points: PackedPoints): Promise<void> {
  const rows = points.keys.flatMap((key, i) => {
    const { timestamp, step, value, is_nan } = pointAt(points, i);
    return [run.id, key, timestamp, step, value, is_nan];
  });
  await statements.points.run(tx, rows);
  const kept = latestOf(points).flatMap(([key, p]) => [run.id, key, run.experiment, p.timestamp, p.step, p.value, p.is_nan]);
  await statements.latest.run(tx, kept);
}

async function addPointsInOne(db: Db, runId: string, points: PackedPoints): Promise<void> {
  const columns = (rows: readonly (readonly [string, Ordered])[]): PointColumns => ({
    keys: rows.map(([key]) => key),
    timestamps: rows.map(([, { timestamp }]) => timestamp),
    steps: rows.map(([, { step }]) => step),
    values: rows.map(([, { value }]) => value),
    isNan: rows.map(([, { is_nan }]) => is_nan),
  });
  const rows = points.keys.map((key, i) => [key, pointAt(points, i)] as const);
  const [run] = await db.appendOne(pointsInOne(runId, columns(rows), columns(latestOf(points))));
  active(run, runId);
}

function pointAt({ numbers }: PackedPoints, i: number): Ordered {
  return { timestamp: numbers[i * 3] as number, step: numbers[i * 3 + 1] as number, ...stored(numbers[i * 3 + 2] as number) };
}

/** In one order everywhere, or two batches could wait for each other's rows. */
function latestOf(points: PackedPoints): [string, Ordered][] {
  const latest = new Map<string, Ordered>();
  points.keys.forEach((key, i) => {
    const point = pointAt(points, i);
    const before = latest.get(key);
    if (before === undefined || isLater(point, before)) latest.set(key, point);
  });
  return [...latest].sort(([a], [b]) => (a < b ? -1 : 1));
}

interface Ordered {
  readonly step: number;
  readonly timestamp: number;
  readonly value: number;
  readonly is_nan: number;
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
