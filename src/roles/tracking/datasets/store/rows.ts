import type { Kysely, Transaction } from 'kysely';
import type { Pair } from '../../entities.ts';
import { fail } from '../../errors.ts';
import type { DatasetTables } from '../tables.ts';

export type Reader = Kysely<DatasetTables> | Transaction<DatasetTables>;
export type Writer = Transaction<DatasetTables>;

export interface Dataset {
  readonly dataset_id: string;
  readonly name: string;
  readonly schema: string | null;
  readonly profile: string | null;
  readonly digest: string;
  readonly created_time: number;
  readonly last_update_time: number;
  readonly created_by: string | null;
  readonly last_updated_by: string | null;
  readonly tags: readonly Pair[];
  readonly experimentIds: readonly string[];
}

/** @throws TRACKING_DATASET_NOT_FOUND */
export async function datasetRow(db: Reader, datasetId: string) {
  const row = await db.selectFrom('tracking_eval_datasets').selectAll().where('dataset_id', '=', datasetId).executeTakeFirst();
  if (!row) throw fail.datasetNotFound({ id: datasetId });
  return row;
}

/** In the order of the ids (our own), a thousand at most. */
export async function loadDatasets(db: Reader, ids: readonly number[]): Promise<Dataset[]> {
  if (ids.length === 0) return [];
  const rows = await db.selectFrom('tracking_eval_datasets').selectAll().where('id', 'in', ids).execute();
  const tags = await db.selectFrom('tracking_eval_dataset_tags').selectAll().where('dataset', 'in', ids).orderBy('key').execute();
  const within = await db
    .selectFrom('tracking_eval_dataset_experiments')
    .selectAll()
    .where('dataset', 'in', ids)
    .orderBy('experiment_id')
    .execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    if (!row) return [];
    const { id: own, ...dataset } = row;
    return {
      ...dataset,
      tags: tags.filter((tag) => tag.dataset === own).map(({ key, value }) => ({ key, value })),
      experimentIds: within.filter((one) => one.dataset === own).map(({ experiment_id }) => experiment_id),
    };
  });
}

export async function putTags(tx: Writer, dataset: number, tags: readonly Pair[]): Promise<void> {
  for (const { key, value } of tags) {
    await tx
      .insertInto('tracking_eval_dataset_tags')
      .values({ dataset, key, value })
      .onConflict((conflict) => conflict.columns(['dataset', 'key']).doUpdateSet({ value }))
      .execute();
  }
}
