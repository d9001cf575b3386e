import type { Database, Dialect } from '#ports/database.ts';
import type { Experiment, Pair } from '../entities.ts';
import { fail } from '../errors.ts';
import type { TrackingTables } from '../tables.ts';
import { activeExperiment, experimentIds, experimentRow, lastOfEach, type Reader, type Writer } from './rows.ts';

type Db = Database<TrackingTables>;

export interface NewExperiment {
  readonly name: string;
  /** Without one it is a folder named like the experiment's id below `root`. */
  readonly artifactLocation: string | undefined;
  readonly root: string;
  readonly tags: readonly Pair[];
  readonly now: number;
}

/** @throws TRACKING_EXPERIMENT_EXISTS also when the one of that name is deleted */
export function createExperiment(db: Db, fresh: NewExperiment): Promise<Experiment> {
  return db.write((tx) => insertExperiment(tx, fresh));
}

/** The experiment of that name, made if there is none. @throws TRACKING_EXPERIMENT_NOT_ACTIVE when it is deleted */
export function ensureExperiment(db: Db, fresh: NewExperiment): Promise<Experiment> {
  return db.write(async (tx) => {
    const row = await tx.selectFrom('tracking_experiments').selectAll().where('name', '=', fresh.name).executeTakeFirst();
    if (!row) return insertExperiment(tx, fresh);
    if (row.lifecycle_stage !== 'active') throw fail.experimentNotActive({ id: row.experiment_id });
    return withTags(tx, row);
  });
}

/** Places experiment "0" below `root` as long as nothing was ever kept in it: it is made with the tables, which know no root. */
export function placeDefaultExperiment(db: Db, root: string): Promise<void> {
  return db.write(async (tx) => {
    const row = await tx
      .selectFrom('tracking_experiments')
      .select(['id', 'artifact_location'])
      .where('experiment_id', '=', '0')
      .executeTakeFirst();
    if (row === undefined || row.artifact_location === childUri(root, '0')) return;
    const run = await tx.selectFrom('tracking_runs').select('id').where('experiment', '=', row.id).limit(1).executeTakeFirst();
    const model = await tx.selectFrom('tracking_logged_models').select('id').where('experiment', '=', row.id).limit(1).executeTakeFirst();
    if (run !== undefined || model !== undefined) return;
    await tx
      .updateTable('tracking_experiments')
      .set({ artifact_location: childUri(root, '0') })
      .where('id', '=', row.id)
      .execute();
  });
}

async function insertExperiment(tx: Writer, { name, artifactLocation, root, tags, now }: NewExperiment): Promise<Experiment> {
  const same = await tx.selectFrom('tracking_experiments').select('lifecycle_stage').where('name', '=', name).executeTakeFirst();
  if (same) throw fail.experimentExists({ name, deleted: same.lifecycle_stage === 'deleted' });
  const experiment_id = await freeExperimentId(tx);
  const values = {
    experiment_id,
    name,
    artifact_location: artifactLocation ?? childUri(root, experiment_id),
    lifecycle_stage: 'active',
    creation_time: now,
    last_update_time: now,
  };
  const { id } = await tx.insertInto('tracking_experiments').values(values).returning('id').executeTakeFirstOrThrow();
  const unique = lastOfEach(tags);
  if (unique.length > 0) {
    await tx
      .insertInto('tracking_experiment_tags')
      .values(unique.map((tag) => ({ experiment: id, ...tag })))
      .execute();
  }
  return { ...values, tags: unique };
}

/** Ids are small integers in their order of creation; imported experiments may have taken any. */
async function freeExperimentId(tx: Writer): Promise<string> {
  const last = await tx
    .selectFrom('tracking_experiments')
    .select((e) => e.fn.max('id').as('id'))
    .executeTakeFirst();
  for (let next = Number(last?.id ?? 0); ; next++) {
    const taken = await experimentIds(tx, [String(next)]);
    if (taken.length === 0) return String(next);
  }
}

/** A folder below a URI; a query string of the URI stays at its end. */
export function childUri(uri: string, ...parts: readonly string[]): string {
  const [, path, query] = /^([^?]*)(\?.*)?$/su.exec(uri) as RegExpExecArray;
  return `${(path as string).replace(/(?<!:)\/+$/u, '').replace(/:\/?$/u, ':')}/${parts.join('/')}${query ?? ''}`;
}

async function withTags(db: Reader, { id, ...row }: Omit<Experiment, 'tags'> & { id: number }): Promise<Experiment> {
  const tags = await db.selectFrom('tracking_experiment_tags').select(['key', 'value']).where('experiment', '=', id).execute();
  return { ...row, tags };
}

export async function getExperiment(db: Db, experimentId: string): Promise<Experiment> {
  return withTags(db.read, await experimentRow(db.read, experimentId));
}

export async function getExperimentByName(db: Db, name: string): Promise<Experiment> {
  const row = await db.read.selectFrom('tracking_experiments').selectAll().where('name', '=', name).executeTakeFirst();
  if (!row) throw fail.experimentNameNotFound({ name });
  return withTags(db.read, row);
}

/** Deletes or restores an experiment with all its runs. @throws TRACKING_EXPERIMENT_NOT_FOUND when it is not in the other stage */
export function moveExperiment(
  db: Db,
  experimentId: string,
  stage: { readonly to: 'active' | 'deleted'; readonly now: number },
): Promise<void> {
  // Each statement sees what was committed when it begins: runs that came while the lock was waited for are moved as well.
  return db.append(async (tx) => {
    const row = await lockedExperiment(tx, db.dialect, experimentId);
    if (row.lifecycle_stage === stage.to) throw fail.experimentNotFound({ id: experimentId });
    await tx
      .updateTable('tracking_experiments')
      .set({ lifecycle_stage: stage.to, last_update_time: stage.now })
      .where('id', '=', row.id)
      .execute();
    await tx.updateTable('tracking_runs').set({ lifecycle_stage: stage.to }).where('experiment', '=', row.id).execute();
  });
}

/** New runs of the experiment wait until this unit has ended, or are there already (SQLite: units go one after the other). */
async function lockedExperiment(tx: Writer, dialect: Dialect, experimentId: string) {
  const query = tx.selectFrom('tracking_experiments').select(['id', 'lifecycle_stage']).where('experiment_id', '=', experimentId);
  const row = await (dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
  if (!row) throw fail.experimentNotFound({ id: experimentId });
  return row;
}

export function renameExperiment(db: Db, experimentId: string, to: { readonly name: string; readonly now: number }): Promise<void> {
  return db.write(async (tx) => {
    const row = await experimentRow(tx, experimentId);
    if (row.lifecycle_stage !== 'active') throw fail.experimentNotRenamed({});
    const same = await tx
      .selectFrom('tracking_experiments')
      .select(['id', 'lifecycle_stage'])
      .where('name', '=', to.name)
      .executeTakeFirst();
    if (same && same.id !== row.id) throw fail.experimentExists({ name: to.name, deleted: same.lifecycle_stage === 'deleted' });
    await tx.updateTable('tracking_experiments').set({ name: to.name, last_update_time: to.now }).where('id', '=', row.id).execute();
  });
}

export function setExperimentTag(db: Db, experimentId: string, tag: Pair): Promise<void> {
  return db.write(async (tx) => {
    const { id } = await activeExperiment(tx, experimentId);
    await tx
      .insertInto('tracking_experiment_tags')
      .values({ experiment: id, ...tag })
      .onConflict((conflict) => conflict.columns(['experiment', 'key']).doUpdateSet({ value: tag.value }))
      .execute();
  });
}

export function deleteExperimentTag(db: Db, experimentId: string, key: string): Promise<void> {
  return db.write(async (tx) => {
    const { id } = await activeExperiment(tx, experimentId);
    const { numDeletedRows } = await tx
      .deleteFrom('tracking_experiment_tags')
      .where('experiment', '=', id)
      .where('key', '=', key)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw fail.tagNotFound({ key, of: 'experiment', id: experimentId });
  });
}
