import type { Database } from '#ports/database.ts';
import type { RunDatasetInput } from '../entities.ts';
import type { TrackingTables } from '../tables.ts';
import { activeRun, experimentIds, lastOfEach, type Writer } from './rows.ts';

type Db = Database<TrackingTables>;

/** Data sets and models that a run read. A data set is known once per experiment, name and digest. */
export function logInputs(
  db: Db,
  runId: string,
  inputs: { readonly datasets: readonly RunDatasetInput[]; readonly models: readonly string[] },
): Promise<void> {
  return db.write(async (tx) => {
    const run = await activeRun(tx, runId);
    for (const dataset of inputs.datasets) await addDataset(tx, run, dataset);
    const models = [...new Set(inputs.models)].map((model_id) => ({ run: run.id, model_id }));
    if (models.length > 0)
      await tx
        .insertInto('tracking_model_inputs')
        .values(models)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
  });
}

async function addDataset(
  tx: Writer,
  run: { readonly id: number; readonly experiment: number },
  { tags, ...dataset }: RunDatasetInput,
): Promise<void> {
  const { experiment } = run;
  const { name, digest } = dataset;
  const known = await tx
    .selectFrom('tracking_datasets')
    .select('id')
    .where('experiment', '=', experiment)
    .where('name', '=', name)
    .where('digest', '=', digest)
    .executeTakeFirst();
  const { id } =
    known ??
    (await tx
      .insertInto('tracking_datasets')
      .values({ experiment, ...dataset })
      .returning('id')
      .executeTakeFirstOrThrow());
  const values = { run: run.id, dataset: id };
  await tx
    .insertInto('tracking_dataset_inputs')
    .values(values)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const unique = lastOfEach(tags);
  if (unique.length === 0) return;
  await tx
    .insertInto('tracking_dataset_input_tags')
    .values(unique.map((tag) => ({ ...values, ...tag })))
    .onConflict((conflict) => conflict.columns(['run', 'dataset', 'key']).doUpdateSet((e) => ({ value: e.ref('excluded.value') })))
    .execute();
}

/** Logged models that a run made. */
export function logOutputs(db: Db, runId: string, models: readonly { readonly model_id: string; readonly step: number }[]): Promise<void> {
  return db.write(async (tx) => {
    const { id } = await activeRun(tx, runId);
    const unique = [...new Map(models.map((model) => [model.model_id, { run: id, ...model }])).values()];
    if (unique.length === 0) return;
    await tx
      .insertInto('tracking_model_outputs')
      .values(unique)
      .onConflict((conflict) => conflict.columns(['run', 'model_id']).doUpdateSet((e) => ({ step: e.ref('excluded.step') })))
      .execute();
  });
}

export interface DatasetSummary {
  readonly experiment_id: string;
  readonly name: string;
  readonly digest: string;
  readonly context: string | null;
}

/** Data sets that active runs of the experiments read, with the contexts that they were read in. */
export async function searchDatasets(db: Db, experiments: readonly string[], limit: number): Promise<DatasetSummary[]> {
  const known = await experimentIds(db.read, experiments);
  if (known.length === 0) return [];
  const rows = await db.read
    .selectFrom('tracking_datasets as d')
    .innerJoin('tracking_dataset_inputs as i', 'i.dataset', 'd.id')
    .innerJoin('tracking_runs as r', 'r.id', 'i.run')
    .leftJoin('tracking_dataset_input_tags as t', (join) =>
      join.onRef('t.run', '=', 'i.run').onRef('t.dataset', '=', 'd.id').on('t.key', '=', 'mlflow.data.context'),
    )
    .select(['d.experiment', 'd.name', 'd.digest', 't.value as context'])
    .distinct()
    .where(
      'd.experiment',
      'in',
      known.map(({ id }) => id),
    )
    .where('r.lifecycle_stage', '=', 'active')
    .orderBy('d.name')
    .limit(limit)
    .execute();
  const names = new Map(known.map(({ id, experiment_id }) => [id, experiment_id]));
  return rows.map(({ experiment, ...row }) => ({ experiment_id: names.get(experiment) as string, ...row }));
}
