import { sql } from 'kysely';
import type { Database } from '#ports/database.ts';
import { fail } from '../../errors.ts';
import type { TrackingTables } from '../../tables.ts';
import { activeExperiment, among, type Reader } from '../rows.ts';

type Db = Database<TrackingTables>;

/** A version of a judge of traces; what it does is for clients to read. */
export interface ScorerVersion {
  readonly experiment_id: string;
  readonly scorer_id: string;
  readonly name: string;
  readonly version: number;
  readonly serialized: string;
  readonly creation_time: number;
}

export interface WhichScorer {
  readonly name: string;
  /** The newest, or for deleting all of them. */
  readonly version?: number | undefined;
}

export interface NewScorer {
  readonly name: string;
  readonly serialized: string;
  /** Of the scorer, should this be its first version. */
  readonly id: string;
  readonly now: number;
}

/** The first version is 1. @throws TRACKING_EXPERIMENT_NOT_FOUND, TRACKING_EXPERIMENT_NOT_ACTIVE */
export function registerScorer(db: Db, experimentId: string, { name, serialized, id, now }: NewScorer): Promise<ScorerVersion> {
  return db.write(async (tx) => {
    const experiment = await activeExperiment(tx, experimentId);
    const known = await scorerRow(tx, experiment.id, name);
    const scorer =
      known ??
      (await tx
        .insertInto('tracking_scorers')
        .values({ scorer_id: id, experiment: experiment.id, name })
        .returning(['id', 'scorer_id'])
        .executeTakeFirstOrThrow());
    const { last } = await tx
      .selectFrom('tracking_scorer_versions')
      .select((e) => e.fn.coalesce(e.fn.max('version'), sql<number>`0`).as('last'))
      .where('scorer', '=', scorer.id)
      .executeTakeFirstOrThrow();
    const version = Number(last) + 1;
    await tx.insertInto('tracking_scorer_versions').values({ scorer: scorer.id, version, serialized, creation_time: now }).execute();
    return { experiment_id: experimentId, scorer_id: scorer.scorer_id, name, version, serialized, creation_time: now };
  });
}

/** The newest version of each scorer, by experiment and name. Undefined: of all experiments. Deleted experiments are left out. */
export async function listScorers(db: Db, experimentIds: readonly string[] | undefined): Promise<ScorerVersion[]> {
  const newest = sql<number>`(select max(n.version) from tracking_scorer_versions n where n.scorer = v.scorer)`;
  let found = versions(db.read).where('x.lifecycle_stage', '=', 'active').where('v.version', '=', newest);
  if (experimentIds) found = found.where((e) => among(db.dialect, e.ref('x.experiment_id'), experimentIds));
  return found.orderBy('x.id').orderBy('s.name').execute();
}

/** The newest version of each of an experiment. @throws TRACKING_EXPERIMENT_NOT_FOUND, TRACKING_EXPERIMENT_NOT_ACTIVE */
export async function listScorersOf(db: Db, experimentId: string): Promise<ScorerVersion[]> {
  await activeExperiment(db.read, experimentId);
  return listScorers(db, [experimentId]);
}

/** Oldest first. @throws TRACKING_SCORER_NOT_FOUND */
export async function listScorerVersions(db: Db, experimentId: string, name: string): Promise<ScorerVersion[]> {
  const experiment = await activeExperiment(db.read, experimentId);
  const found = await versions(db.read).where('x.id', '=', experiment.id).where('s.name', '=', name).orderBy('v.version').execute();
  if (found.length === 0) throw fail.scorerNotFound({ name, version: undefined, experiment: experimentId });
  return found;
}

/** @throws TRACKING_SCORER_NOT_FOUND */
export async function getScorer(db: Db, experimentId: string, { name, version }: WhichScorer): Promise<ScorerVersion> {
  const all = await listScorerVersions(db, experimentId, name);
  const found = version === undefined ? all.at(-1) : all.find((each) => each.version === version);
  if (!found) throw fail.scorerNotFound({ name, version, experiment: experimentId });
  return found;
}

/** @throws TRACKING_SCORER_NOT_FOUND */
export function deleteScorer(db: Db, experimentId: string, { name, version }: WhichScorer): Promise<void> {
  return db.write(async (tx) => {
    const experiment = await activeExperiment(tx, experimentId);
    const scorer = await scorerRow(tx, experiment.id, name);
    let gone = tx.deleteFrom('tracking_scorer_versions').where('scorer', '=', scorer?.id ?? -1);
    // As text: versions have 32 bits in Postgres, what a caller asks for may have more.
    if (version !== undefined) gone = gone.where(sql`cast(version as text)`, '=', String(version));
    const { numDeletedRows } = await gone.executeTakeFirst();
    if (!scorer || numDeletedRows === 0n) throw fail.scorerNotFound({ name, version, experiment: experimentId });
    if (version === undefined) await tx.deleteFrom('tracking_scorers').where('id', '=', scorer.id).execute();
  });
}

function scorerRow(db: Reader, experiment: number, name: string) {
  return db
    .selectFrom('tracking_scorers')
    .select(['id', 'scorer_id'])
    .where('experiment', '=', experiment)
    .where('name', '=', name)
    .executeTakeFirst();
}

function versions(db: Reader) {
  return db
    .selectFrom('tracking_scorer_versions as v')
    .innerJoin('tracking_scorers as s', 's.id', 'v.scorer')
    .innerJoin('tracking_experiments as x', 'x.id', 's.experiment')
    .select(['x.experiment_id', 's.scorer_id', 's.name', 'v.version', 'v.serialized', 'v.creation_time']);
}
