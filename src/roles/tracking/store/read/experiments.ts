import type { Database } from '#ports/database.ts';
import { held, howManyFit } from '#ports/pages/page-bytes.ts';
import type { Experiment } from '../../entities.ts';
import type { TrackingTables } from '../../tables.ts';
import { among, grouped } from '../rows.ts';

const PARTS = [
  held('tracking_experiments', 'id', ['name', 'artifact_location']),
  held('tracking_experiment_tags', 'experiment', ['key', 'value']),
];

/** How many of the first of these experiments (our own ids) fit on a page. */
export function experimentsThatFit({ read, dialect }: Database<TrackingTables>, ids: readonly number[]): Promise<number> {
  return howManyFit(read, { dialect, parts: PARTS }, ids);
}

/** Experiments with their tags, in the order of their ids (our own). */
export async function loadExperiments(
  db: Database<TrackingTables>,
  ids: readonly number[],
): Promise<{ readonly id: number; readonly experiment: Experiment }[]> {
  if (ids.length === 0) return [];
  const rows = await db.read
    .selectFrom('tracking_experiments')
    .selectAll()
    .where((e) => among(db.dialect, e.ref('id'), ids))
    .execute();
  const tags = await db.read
    .selectFrom('tracking_experiment_tags')
    .selectAll()
    .where((e) => among(db.dialect, e.ref('experiment'), ids))
    .execute();
  const tagsOf = grouped(
    tags,
    ({ experiment }) => experiment,
    ({ key, value }) => ({ key, value }),
  );
  const byId = new Map(rows.map(({ id, ...row }) => [id, { ...row, tags: tagsOf.get(id) ?? [] }]));
  return ids.flatMap((id) => {
    const experiment = byId.get(id);
    return experiment ? [{ id, experiment }] : [];
  });
}
