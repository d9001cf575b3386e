import type { Database } from '#ports/database.ts';
import type { Pair, RunInfo } from '../entities.ts';
import { fail } from '../errors.ts';
import type { TrackingTables } from '../tables.ts';
import { runInOne } from './batch/run-in-one.ts';
import { type RunRow, statementsOf, type WriteStatements } from './batch/statements.ts';
import { tagsInOne } from './batch/values-in-one.ts';
import { childUri } from './experiments.ts';
import { active, activeRun, checkedExperiment, lastOfEach, type Reader, type Writer } from './rows.ts';

type Db = Database<TrackingTables>;

/** The tag that carries a run's name; the two are kept equal. */
export const RUN_NAME_TAG = 'mlflow.runName';

export interface NewRunRecord {
  readonly run_id: string;
  readonly experiment_id: string;
  readonly name: string;
  readonly user_id: string;
  readonly start_time: number;
  /** Includes the name's tag. */
  readonly tags: readonly Pair[];
}

/** @throws TRACKING_EXPERIMENT_NOT_FOUND, TRACKING_EXPERIMENT_NOT_ACTIVE */
export function createRun(db: Db, fresh: NewRunRecord): Promise<RunInfo> {
  if (db.dialect === 'postgres') return createRunInOne(db, fresh);
  const { tags, experiment_id } = fresh;
  const statements = statementsOf(db);
  return db.write(async (tx) => {
    const experiment = checkedExperiment(await statements.experiment(tx, experiment_id), experiment_id);
    const row = freshRun(fresh, experiment.artifact_location);
    const id = await statements.newRun(tx, { ...row, experiment: experiment.id });
    await writeTags(tx, { id, experiment: experiment.id, statements }, tags);
    return infoOf(row, experiment_id);
  });
}

/** Where experiments keep their artifacts, as last seen. */
const locations = new WeakMap<Db, Map<string, string>>();
const MAX_LOCATIONS = 10_000;

async function createRunInOne(db: Db, fresh: NewRunRecord): Promise<RunInfo> {
  const known = locations.get(db) ?? new Map<string, string>();
  locations.set(db, known);
  const { experiment_id: experimentId } = fresh;
  for (;;) {
    const location = known.get(experimentId) ?? '';
    const row = freshRun(fresh, location);
    const [found] = await db.appendOne(runInOne({ experimentId, location }, row, lastOfEach(fresh.tags)));
    const experiment = checkedExperiment(found, experimentId);
    if (experiment.artifact_location === location) return infoOf(row, experimentId);
    if (known.size >= MAX_LOCATIONS) known.clear();
    known.set(experimentId, experiment.artifact_location);
  }
}

type FreshRow = Omit<RunRow, 'experiment'> & Pick<RunInfo, 'end_time'>;

function freshRun({ run_id, name, user_id, start_time }: NewRunRecord, location: string): FreshRow {
  const artifact_uri = childUri(location, run_id, 'artifacts');
  return { run_id, name, user_id, start_time, artifact_uri, status: 'RUNNING', end_time: null, lifecycle_stage: 'active' };
}

function infoOf({ name, ...row }: FreshRow, experiment_id: string): RunInfo {
  return { ...row, run_name: name, experiment_id };
}

/** Writes tags of a run, the last value of each key; the name's tag renames the run. */
export async function setTags(tx: Writer, run: RunOfTags, tags: readonly Pair[]): Promise<void> {
  const unique = await writeTags(tx, run, tags);
  const name = unique.find(({ key }) => key === RUN_NAME_TAG);
  if (name) await tx.updateTable('tracking_runs').set({ name: name.value }).where('id', '=', run.id).execute();
}

interface RunOfTags {
  readonly id: number;
  readonly experiment: number;
  readonly statements: WriteStatements;
}

async function writeTags(tx: Writer, run: RunOfTags, tags: readonly Pair[]): Promise<Pair[]> {
  const unique = lastOfEach(tags);
  const values = unique.flatMap(({ key, value }) => [run.id, key, run.experiment, value]);
  await run.statements.tags.run(tx, values);
  return unique;
}

export interface RunChange {
  readonly status?: string;
  readonly end_time?: number;
  readonly name?: string;
}

/** @throws TRACKING_RUN_NOT_FOUND, TRACKING_RUN_NOT_ACTIVE */
export function updateRun(db: Db, runId: string, { name, ...change }: RunChange): Promise<RunInfo> {
  return db.write(async (tx) => {
    const run = await activeRun(tx, runId);
    if (Object.keys(change).length > 0) await tx.updateTable('tracking_runs').set(change).where('id', '=', run.id).execute();
    if (name !== undefined) await setTags(tx, { ...run, statements: statementsOf(db) }, [{ key: RUN_NAME_TAG, value: name }]);
    return runInfo(tx, runId);
  });
}

/** Deletes or restores a run; doing so twice changes nothing. */
export function moveRun(db: Db, runId: string, stage: 'active' | 'deleted'): Promise<void> {
  return db.write(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('tracking_runs')
      .set({ lifecycle_stage: stage })
      .where('run_id', '=', runId)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw fail.runNotFound({ id: runId });
  });
}

/** The same in one trip to Postgres. */
export async function setTagsInOne(db: Db, runId: string, tags: readonly Pair[]): Promise<void> {
  const unique = lastOfEach(tags);
  const name = unique.find(({ key }) => key === RUN_NAME_TAG)?.value;
  const [run] = await db.appendOne(tagsInOne(runId, unique, name));
  active(run, runId);
}

export function setRunTag(db: Db, runId: string, tag: Pair): Promise<void> {
  if (db.dialect === 'postgres') return setTagsInOne(db, runId, [tag]);
  const statements = statementsOf(db);
  return db.write(async (tx) => {
    const { id, experiment } = active(await statements.run(tx, runId), runId);
    await setTags(tx, { id, experiment, statements }, [tag]);
  });
}

export function deleteRunTag(db: Db, runId: string, key: string): Promise<void> {
  return db.write(async (tx) => {
    const { id } = await activeRun(tx, runId);
    const { numDeletedRows } = await tx.deleteFrom('tracking_tags').where('run', '=', id).where('key', '=', key).executeTakeFirst();
    if (numDeletedRows === 0n) throw fail.tagNotFound({ key, of: 'run', id: runId });
  });
}

/** @throws TRACKING_RUN_NOT_FOUND */
export async function runInfo(db: Reader, runId: string): Promise<RunInfo> {
  const row = await runInfos(db).where('r.run_id', '=', runId).executeTakeFirst();
  if (!row) throw fail.runNotFound({ id: runId });
  const { id: _own, ...info } = row;
  return info;
}

/** All that is told of a run itself, with our own id. */
export function runInfos(db: Reader) {
  return db
    .selectFrom('tracking_runs as r')
    .innerJoin('tracking_experiments as e', 'e.id', 'r.experiment')
    .select(['r.id', 'r.run_id', 'r.name as run_name', 'e.experiment_id', 'r.user_id', 'r.status', 'r.start_time', 'r.end_time'])
    .select(['r.lifecycle_stage', 'r.artifact_uri']);
}
