import { type Database, defineStore } from '#ports/database.ts';
import type { Page, Pair, Search } from '../entities.ts';
import { fail } from '../errors.ts';
import { digestOf } from './bodies.ts';
import { datasets } from './migrations/0001-datasets.ts';
import * as records from './store/records.ts';
import { type Dataset, datasetRow, loadDatasets, putTags } from './store/rows.ts';
import { searchDatasets } from './store/search.ts';
import type { DatasetTables } from './tables.ts';

export interface NewDataset {
  readonly dataset_id: string;
  readonly name: string;
  readonly tags: readonly Pair[];
  readonly experimentIds: readonly string[];
  readonly now: number;
}

/** Datasets that models are evaluated on: records that were written by people or taken from traces. */
export class DatasetStore {
  readonly #db: Database<DatasetTables>;
  constructor(db: Database<DatasetTables>) {
    this.#db = db;
  }

  create({ dataset_id, name, tags, experimentIds, now }: NewDataset): Promise<Dataset> {
    return this.#db.write(async (tx) => {
      const user = tags.find(({ key }) => key === 'mlflow.user')?.value ?? null;
      const { id } = await tx
        .insertInto('tracking_eval_datasets')
        .values({
          dataset_id,
          name,
          schema: null,
          profile: null,
          digest: digestOf(name, now),
          created_time: now,
          last_update_time: now,
          created_by: user,
          last_updated_by: user,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      await putTags(tx, id, tags);
      for (const experiment_id of new Set(experimentIds)) {
        await tx.insertInto('tracking_eval_dataset_experiments').values({ dataset: id, experiment_id }).execute();
      }
      return (await loadDatasets(tx, [id]))[0] as Dataset;
    });
  }

  /** @throws TRACKING_DATASET_NOT_FOUND */
  async get(datasetId: string): Promise<Dataset> {
    const { id } = await datasetRow(this.#db.read, datasetId);
    const [dataset] = await loadDatasets(this.#db.read, [id]);
    if (!dataset) throw fail.datasetNotFound({ id: datasetId });
    return dataset;
  }

  /** With its records; nothing happens where there is none. */
  delete(datasetId: string): Promise<void> {
    return this.#db.write(async (tx) => {
      const row = await tx.selectFrom('tracking_eval_datasets').select('id').where('dataset_id', '=', datasetId).executeTakeFirst();
      if (!row) return;
      const parts = ['tracking_eval_dataset_tags', 'tracking_eval_dataset_experiments', 'tracking_eval_dataset_records'] as const;
      for (const table of parts) await tx.deleteFrom(table).where('dataset', '=', row.id).execute();
      await tx.deleteFrom('tracking_eval_datasets').where('id', '=', row.id).execute();
    });
  }

  setTags(datasetId: string, tags: readonly Pair[], now: number): Promise<Dataset> {
    return this.#db.write(async (tx) => {
      const { id } = await datasetRow(tx, datasetId);
      await putTags(tx, id, tags);
      await tx.updateTable('tracking_eval_datasets').set({ last_update_time: now }).where('id', '=', id).execute();
      return (await loadDatasets(tx, [id]))[0] as Dataset;
    });
  }

  deleteTag(datasetId: string, key: string): Promise<void> {
    return this.#db.write(async (tx) => {
      const { id } = await datasetRow(tx, datasetId);
      await tx.deleteFrom('tracking_eval_dataset_tags').where('dataset', '=', id).where('key', '=', key).execute();
    });
  }

  /** Either may name what is so already. */
  changeExperiments(
    datasetId: string,
    change: { readonly add?: readonly string[]; readonly remove?: readonly string[]; readonly now: number },
  ) {
    return this.#db.write(async (tx): Promise<Dataset> => {
      const { id } = await datasetRow(tx, datasetId);
      for (const experiment_id of change.add ?? []) {
        const insert = tx.insertInto('tracking_eval_dataset_experiments').values({ dataset: id, experiment_id });
        await insert.onConflict((conflict) => conflict.doNothing()).execute();
      }
      for (const experimentId of change.remove ?? []) {
        const remove = tx.deleteFrom('tracking_eval_dataset_experiments').where('dataset', '=', id);
        await remove.where('experiment_id', '=', experimentId).execute();
      }
      await tx.updateTable('tracking_eval_datasets').set({ last_update_time: change.now }).where('id', '=', id).execute();
      return (await loadDatasets(tx, [id]))[0] as Dataset;
    });
  }

  upsertRecords = (datasetId: string, text: string, now: number) => records.upsertRecords(this.#db, datasetId, { text, now });
  listRecords = (datasetId: string, page: { readonly after: number; readonly limit: number }) =>
    records.listRecords(this.#db, datasetId, page);
  deleteRecords = (datasetId: string, recordIds: readonly string[], now: number) =>
    records.deleteRecords(this.#db, datasetId, { recordIds, now });
  search = (experimentIds: readonly string[], search: Search): Promise<Page<Dataset>> => searchDatasets(this.#db, experimentIds, search);
}

export const store = defineStore<DatasetStore, DatasetTables>({
  name: 'tracking-datasets',
  module: import.meta.url,
  migrations: [datasets],
  reads: ['get', 'listRecords', 'search'],
  create: (db) => new DatasetStore(db),
});
