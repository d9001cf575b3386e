import type { Database, Dialect } from '#ports/database.ts';
import type { LoggedModel, Pair } from '../entities.ts';
import { fail } from '../errors.ts';
import type { TrackingTables } from '../tables.ts';
import { childUri } from './experiments.ts';
import { activeExperiment, among, fromStored, grouped, lastOfEach, type Reader, type Writer } from './rows.ts';

type Db = Database<TrackingTables>;

export interface NewLoggedModel {
  readonly model_id: string;
  readonly experiment_id: string;
  readonly name: string;
  readonly model_type: string;
  readonly source_run_id: string;
  readonly params: readonly Pair[];
  readonly tags: readonly Pair[];
  readonly now: number;
}

/** @throws TRACKING_EXPERIMENT_NOT_FOUND, TRACKING_EXPERIMENT_NOT_ACTIVE */
export function createLoggedModel(db: Db, fresh: NewLoggedModel): Promise<LoggedModel> {
  const { experiment_id, params, tags, now, ...rest } = fresh;
  return db.write(async (tx) => {
    const experiment = await activeExperiment(tx, experiment_id);
    const artifact_uri = childUri(experiment.artifact_location, 'models', rest.model_id, 'artifacts');
    const values = {
      ...rest,
      artifact_uri,
      status: 'LOGGED_MODEL_PENDING',
      lifecycle_stage: 'active',
      creation_time: now,
      last_update_time: now,
    };
    const { id } = await tx
      .insertInto('tracking_logged_models')
      .values({ ...values, experiment: experiment.id })
      .returning('id')
      .executeTakeFirstOrThrow();
    await setPairs(tx, 'tracking_logged_model_params', { model: id, pairs: params });
    await setPairs(tx, 'tracking_logged_model_tags', { model: id, pairs: tags });
    return loadOne(tx, db.dialect, id);
  });
}

async function loadOne(db: Reader, dialect: Dialect, id: number): Promise<LoggedModel> {
  const [model] = await loadLoggedModels(db, dialect, [id]);
  if (!model) throw fail.loggedModelNotFound({ id: String(id) });
  return model;
}

type PairTable = 'tracking_logged_model_params' | 'tracking_logged_model_tags';

async function setPairs(
  tx: Writer,
  table: PairTable,
  { model, pairs }: { readonly model: number; readonly pairs: readonly Pair[] },
): Promise<void> {
  const unique = lastOfEach(pairs);
  if (unique.length === 0) return;
  await tx
    .insertInto(table)
    .values(unique.map((pair) => ({ model, ...pair })))
    .onConflict((conflict) => conflict.columns(['model', 'key']).doUpdateSet((e) => ({ value: e.ref('excluded.value') })))
    .execute();
}

async function ownId(db: Reader, modelId: string, deletedToo = false): Promise<number> {
  const row = await db
    .selectFrom('tracking_logged_models')
    .select(['id', 'lifecycle_stage'])
    .where('model_id', '=', modelId)
    .executeTakeFirst();
  if (!row || (row.lifecycle_stage === 'deleted' && !deletedToo)) throw fail.loggedModelNotFound({ id: modelId });
  return row.id;
}

export async function getLoggedModel(db: Db, modelId: string, deletedToo: boolean): Promise<LoggedModel> {
  return loadOne(db.read, db.dialect, await ownId(db.read, modelId, deletedToo));
}

export function finishLoggedModel(db: Db, modelId: string, to: { readonly status: string; readonly now: number }): Promise<LoggedModel> {
  return db.write(async (tx) => {
    const id = await ownId(tx, modelId);
    await tx.updateTable('tracking_logged_models').set({ status: to.status, last_update_time: to.now }).where('id', '=', id).execute();
    return loadOne(tx, db.dialect, id);
  });
}

export function deleteLoggedModel(db: Db, modelId: string, now: number): Promise<void> {
  return db.write(async (tx) => {
    const id = await ownId(tx, modelId);
    await tx
      .updateTable('tracking_logged_models')
      .set({ lifecycle_stage: 'deleted', last_update_time: now })
      .where('id', '=', id)
      .execute();
  });
}

export function setLoggedModelTags(db: Db, modelId: string, tags: readonly Pair[]): Promise<LoggedModel> {
  return db.write(async (tx) => {
    const id = await ownId(tx, modelId);
    await setPairs(tx, 'tracking_logged_model_tags', { model: id, pairs: tags });
    return loadOne(tx, db.dialect, id);
  });
}

export function deleteLoggedModelTag(db: Db, modelId: string, key: string): Promise<void> {
  return db.write(async (tx) => {
    const id = await ownId(tx, modelId);
    const { numDeletedRows } = await tx
      .deleteFrom('tracking_logged_model_tags')
      .where('model', '=', id)
      .where('key', '=', key)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw fail.tagNotFound({ key, of: 'logged model', id: modelId });
  });
}

export function logLoggedModelParams(db: Db, modelId: string, params: readonly Pair[]): Promise<void> {
  return db.write(async (tx) => setPairs(tx, 'tracking_logged_model_params', { model: await ownId(tx, modelId), pairs: params }));
}

/** Whole models in the order of their ids (our own). */
export async function loadLoggedModels(db: Reader, dialect: Dialect, ids: readonly number[]): Promise<LoggedModel[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('tracking_logged_models as m')
    .innerJoin('tracking_experiments as e', 'e.id', 'm.experiment')
    .select(['m.id', 'm.model_id', 'e.experiment_id', 'm.name', 'm.artifact_uri', 'm.status', 'm.lifecycle_stage', 'm.model_type'])
    .select(['m.source_run_id', 'm.creation_time as creation_timestamp_ms', 'm.last_update_time as last_updated_timestamp_ms'])
    .where((e) => among(dialect, e.ref('m.id'), ids))
    .execute();
  const pairs = async (table: PairTable) => {
    const found = await db
      .selectFrom(table)
      .selectAll()
      .where((e) => among(dialect, e.ref('model'), ids))
      .execute();
    return grouped(
      found,
      (row) => row.model,
      ({ key, value }) => ({ key, value }),
    );
  };
  const params = await pairs('tracking_logged_model_params');
  const tags = await pairs('tracking_logged_model_tags');
  const points = await db
    .selectFrom('tracking_logged_model_metrics')
    .selectAll()
    .where((e) => among(dialect, e.ref('model'), ids))
    .execute();
  const metrics = grouped(
    points,
    (row) => row.model,
    ({ model: _own, is_nan, value, ...row }) => ({ ...row, value: fromStored({ value, is_nan }) }),
  );
  const byId = new Map(rows.map(({ id, ...row }) => [id, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    if (!row) return [];
    const own = (metrics.get(id) ?? []).map((metric) => ({ ...metric, model_id: row.model_id }));
    return [{ ...row, tags: tags.get(id) ?? [], params: params.get(id) ?? [], metrics: own }];
  });
}
