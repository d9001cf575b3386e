import type { Database, Dialect } from '#ports/database.ts';
import type { Run, RunDatasetInput } from '../entities.ts';
import { fail } from '../errors.ts';
import type { TrackingTables } from '../tables.ts';
import { among, fromStored, grouped, type Reader } from './rows.ts';
import { runInfos } from './runs.ts';

/** @throws TRACKING_RUN_NOT_FOUND */
export async function getRun(db: Database<TrackingTables>, runId: string): Promise<Run> {
  const row = await db.read.selectFrom('tracking_runs').select('id').where('run_id', '=', runId).executeTakeFirst();
  const [run] = row ? await loadRuns(db.read, db.dialect, [row.id]) : [];
  if (!run) throw fail.runNotFound({ id: runId });
  return run;
}

/** Whole runs in the order of their ids (our own). */
export async function loadRuns(db: Reader, dialect: Dialect, ids: readonly number[]): Promise<Run[]> {
  if (ids.length === 0) return [];
  const infos = await runInfos(db)
    .where((e) => among(dialect, e.ref('r.id'), ids))
    .execute();
  const latest = await db
    .selectFrom('tracking_latest_metrics')
    .select(['run', 'key', 'value', 'timestamp', 'step', 'is_nan'])
    .where((e) => among(dialect, e.ref('run'), ids))
    .execute();
  const metrics = grouped(
    latest,
    (row) => row.run,
    (row) => ({ key: row.key, value: fromStored(row), timestamp: row.timestamp, step: row.step }),
  );
  const params = await pairsOf(db, 'tracking_params', { dialect, ids });
  const tags = await pairsOf(db, 'tracking_tags', { dialect, ids });
  const datasets = await datasetsOf(db, dialect, ids);
  const inputs = await db
    .selectFrom('tracking_model_inputs')
    .selectAll()
    .where((e) => among(dialect, e.ref('run'), ids))
    .execute();
  const outputs = await db
    .selectFrom('tracking_model_outputs')
    .selectAll()
    .where((e) => among(dialect, e.ref('run'), ids))
    .execute();
  const modelInputs = grouped(
    inputs,
    (row) => row.run,
    (row) => row.model_id,
  );
  const modelOutputs = grouped(
    outputs,
    (row) => row.run,
    ({ model_id, step }) => ({ model_id, step }),
  );
  const byId = new Map(infos.map(({ id, ...info }) => [id, info]));
  return ids.flatMap((id) => {
    const info = byId.get(id);
    if (!info) return [];
    return [
      {
        info,
        metrics: metrics.get(id) ?? [],
        params: params.get(id) ?? [],
        tags: tags.get(id) ?? [],
        datasets: datasets.get(id) ?? [],
        modelInputs: modelInputs.get(id) ?? [],
        modelOutputs: modelOutputs.get(id) ?? [],
      },
    ];
  });
}

interface Wanted {
  readonly dialect: Dialect;
  readonly ids: readonly number[];
}

async function pairsOf(db: Reader, table: 'tracking_params' | 'tracking_tags', { dialect, ids }: Wanted) {
  const rows = await db
    .selectFrom(table)
    .select(['run', 'key', 'value'])
    .where((e) => among(dialect, e.ref('run'), ids))
    .execute();
  return grouped(
    rows,
    (row) => row.run,
    ({ key, value }) => ({ key, value }),
  );
}

async function datasetsOf(db: Reader, dialect: Dialect, ids: readonly number[]): Promise<Map<number, RunDatasetInput[]>> {
  const rows = await db
    .selectFrom('tracking_dataset_inputs as i')
    .innerJoin('tracking_datasets as d', 'd.id', 'i.dataset')
    .select(['i.run', 'i.dataset', 'd.name', 'd.digest', 'd.source_type', 'd.source', 'd.schema', 'd.profile'])
    .where((e) => among(dialect, e.ref('i.run'), ids))
    .orderBy('i.dataset')
    .execute();
  if (rows.length === 0) return new Map();
  const tags = await db
    .selectFrom('tracking_dataset_input_tags')
    .selectAll()
    .where((e) => among(dialect, e.ref('run'), ids))
    .execute();
  return grouped(
    rows,
    (row) => row.run,
    ({ run, dataset, ...rest }) => ({
      ...rest,
      tags: tags.filter((tag) => tag.run === run && tag.dataset === dataset).map(({ key, value }) => ({ key, value })),
    }),
  );
}
