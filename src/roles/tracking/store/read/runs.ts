import { type CompiledQuery, sql } from 'kysely';
import type { Database, Dialect } from '#ports/database.ts';
import { type Held, held, howManyFit } from '#ports/pages/page-bytes.ts';
import type { Pair, Run, RunDatasetInput } from '../../entities.ts';
import { fail } from '../../errors.ts';
import type { TrackingTables } from '../../tables.ts';
import { runToWire } from '../../wire.ts';
import { among, fromStored, grouped, type Reader } from '../rows.ts';
import { runInfos } from '../runs.ts';
import { type RunsInOne, runsInOne } from './runs-in-one.ts';

type Db = Database<TrackingTables>;

/** @throws TRACKING_RUN_NOT_FOUND */
export async function getRun(db: Db, runId: string): Promise<Run> {
  const held = db.dialect === 'postgres' ? await runsInOne(db.read, runId) : await oneHeld(db, runId);
  const [run] = held ? await wholeRuns(db, held, [...held.infos.keys()]) : [];
  if (!run) throw fail.runNotFound({ id: runId });
  return run;
}

/** The same as JSON text, as the endpoint answers it. @throws TRACKING_RUN_NOT_FOUND */
export async function getRunJson(db: Db, runId: string): Promise<string> {
  return JSON.stringify({ run: runToWire(await getRun(db, runId), true) });
}

const PARTS: readonly Held[] = [
  held('tracking_params', 'run', ['key', 'value']),
  held('tracking_tags', 'run', ['key', 'value']),
  held('tracking_latest_metrics', 'run', ['key']),
  {
    table: sql`tracking_dataset_inputs i join tracking_datasets d on d.id = i.dataset`,
    owner: sql`i.run`,
    texts: ['d.source', 'd.schema', 'd.profile'],
  },
];

/** How many of the first of these runs (our own ids) fit on a page. */
export function runsThatFit({ read, dialect }: Db, ids: readonly number[]): Promise<number> {
  return howManyFit(read, { dialect, parts: PARTS }, ids);
}

/** Whole runs in the order of their ids (our own). */
export async function loadRuns(db: Db, ids: readonly number[]): Promise<Run[]> {
  if (ids.length === 0) return [];
  return wholeRuns(db, db.dialect === 'postgres' ? await runsInOne(db.read, ids) : await heldBy(db, ids), ids);
}

async function oneHeld(db: Db, runId: string): Promise<RunsInOne | undefined> {
  const row = await db.read.selectFrom('tracking_runs').select('id').where('run_id', '=', runId).executeTakeFirst();
  return row ? heldBy(db, [row.id]) : undefined;
}

async function heldBy({ read, dialect }: Db, ids: readonly number[]): Promise<RunsInOne> {
  const statements = statementsOf(read, dialect);
  const infos = await statements.infos(ids);
  return {
    infos: new Map(infos.map(({ id, holds_others: _, ...info }) => [id, info])),
    metrics: await statements.latest(ids),
    params: await statements.params(ids),
    tags: await statements.tags(ids),
    others: infos.filter(({ holds_others }) => Boolean(holds_others)).map(({ id }) => id),
  };
}

async function wholeRuns({ read, dialect }: Db, held: RunsInOne, ids: readonly number[]): Promise<Run[]> {
  const metrics = grouped(
    held.metrics,
    (row) => row.run,
    (row) => ({ key: row.key, value: fromStored(row), timestamp: row.timestamp, step: row.step }),
  );
  const params = pairsOf(held.params);
  const tags = pairsOf(held.tags);
  const { datasets, modelInputs, modelOutputs } = await othersOf(statementsOf(read, dialect), held.others);
  return ids.flatMap((id) => {
    const info = held.infos.get(id);
    if (!info) return [];
    return [
      {
        info,
        metrics: metrics.get(id) ?? [],
        params: params.get(id) ?? [],
        tags: tags.get(id) ?? [],
        datasets: datasets?.get(id) ?? [],
        modelInputs: modelInputs?.get(id) ?? [],
        modelOutputs: modelOutputs?.get(id) ?? [],
      },
    ];
  });
}

interface Others {
  readonly datasets?: Map<number, RunDatasetInput[]>;
  readonly modelInputs?: Map<number, string[]>;
  readonly modelOutputs?: Map<number, { readonly model_id: string; readonly step: number }[]>;
}

/** Most runs hold none of these: three statements that say so would cost as much as all else. */
async function othersOf(statements: ReadStatements, ids: readonly number[]): Promise<Others> {
  if (ids.length === 0) return {};
  return {
    datasets: await datasetsOf(statements, ids),
    modelInputs: grouped(
      await statements.modelInputs(ids),
      (row) => row.run,
      (row) => row.model_id,
    ),
    modelOutputs: grouped(
      await statements.modelOutputs(ids),
      (row) => row.run,
      ({ model_id, step }) => ({ model_id, step }),
    ),
  };
}

function pairsOf(rows: readonly (Pair & { readonly run: number })[]): Map<number, Pair[]> {
  return grouped(
    rows,
    (row) => row.run,
    ({ key, value }) => ({ key, value }),
  );
}

async function datasetsOf(statements: ReadStatements, ids: readonly number[]): Promise<Map<number, RunDatasetInput[]>> {
  const rows = await statements.datasets(ids);
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
