import { type CompiledQuery, sql } from 'kysely';
import type { Database, Dialect } from '#ports/database.ts';
import type { Pair, Run, RunDatasetInput } from '../entities.ts';
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
  const statements = statementsOf(db, dialect);
  const infos = await statements.infos(ids);
  const metrics = grouped(
    await statements.latest(ids),
    (row) => row.run,
    (row) => ({ key: row.key, value: fromStored(row), timestamp: row.timestamp, step: row.step }),
  );
  const params = pairsOf(await statements.params(ids));
  const tags = pairsOf(await statements.tags(ids));
  // Most runs hold none of these: three statements that say so would cost as much as all else.
  const others = infos.filter(({ holds_others }) => Boolean(holds_others)).map(({ id }) => id);
  const datasets = await datasetsOf(statements, others);
  const inputs = others.length > 0 ? await statements.modelInputs(others) : [];
  const outputs = others.length > 0 ? await statements.modelOutputs(others) : [];
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
  const byId = new Map(infos.map(({ id, holds_others: _, ...info }) => [id, info]));
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

function pairsOf(rows: readonly (Pair & { readonly run: number })[]): Map<number, Pair[]> {
  return grouped(
    rows,
    (row) => row.run,
    ({ key, value }) => ({ key, value }),
  );
}

async function datasetsOf(statements: ReadStatements, ids: readonly number[]): Promise<Map<number, RunDatasetInput[]>> {
  const rows = ids.length > 0 ? await statements.datasets(ids) : [];
  if (rows.length === 0) return new Map();
  const tags = await statements.datasetTags(ids);
  return grouped(
    rows,
    (row) => row.run,
    ({ run, dataset, ...rest }) => ({
      ...rest,
      tags: tags.filter((tag) => tag.run === run && tag.dataset === dataset).map(({ key, value }) => ({ key, value })),
    }),
  );
}

type ReadStatements = ReturnType<typeof readStatements>;

const made = new WeakMap<Reader, ReadStatements>();

function statementsOf(db: Reader, dialect: Dialect): ReadStatements {
  const known = made.get(db) ?? readStatements(db, dialect);
  made.set(db, known);
  return known;
}

const holdsOthers = sql<boolean | number>`(exists (select 1 from tracking_dataset_inputs i where i.run = r.id)
  or exists (select 1 from tracking_model_inputs i where i.run = r.id) or exists (select 1 from tracking_model_outputs o where o.run = r.id))`;

interface Compilable<R> {
  compile(): CompiledQuery<R>;
}

/** What runs hold, by a list of our own ids that is one parameter: so each statement is built and compiled once. */
function readStatements(db: Reader, dialect: Dialect) {
  const of = (column: string) => among(dialect, sql.ref(column), [0]);
  const all = <R>(query: Compilable<R>) => {
    const compiled = query.compile();
    return async (ids: readonly number[]): Promise<R[]> => {
      const parameters = [dialect === 'sqlite' ? JSON.stringify(ids) : ids];
      return (await db.executeQuery<R>({ ...compiled, parameters })).rows;
    };
  };
  const latest = ['run', 'key', 'value', 'timestamp', 'step', 'is_nan'] as const;
  return {
    infos: all(runInfos(db).select(holdsOthers.as('holds_others')).where(of('r.id'))),
    latest: all(db.selectFrom('tracking_latest_metrics').select(latest).where(of('run'))),
    params: all(db.selectFrom('tracking_params').select(['run', 'key', 'value']).where(of('run'))),
    tags: all(db.selectFrom('tracking_tags').select(['run', 'key', 'value']).where(of('run'))),
    datasets: all(
      db
        .selectFrom('tracking_dataset_inputs as i')
        .innerJoin('tracking_datasets as d', 'd.id', 'i.dataset')
        .select(['i.run', 'i.dataset', 'd.name', 'd.digest', 'd.source_type', 'd.source', 'd.schema', 'd.profile'])
        .where(of('i.run'))
        .orderBy('i.dataset'),
    ),
    datasetTags: all(db.selectFrom('tracking_dataset_input_tags').selectAll().where(of('run'))),
    modelInputs: all(db.selectFrom('tracking_model_inputs').selectAll().where(of('run'))),
    modelOutputs: all(db.selectFrom('tracking_model_outputs').selectAll().where(of('run'))),
  };
}
