import { sql } from 'kysely';
import type { RunRow } from '#contract/http/platform/tracking.ts';
import type { Database } from '#ports/database.ts';
import { type Held, howManyFit } from '#ports/pages/page-bytes.ts';
import { PARENT_TAG, type Page, type Search } from '../../entities.ts';
import type { TrackingTables } from '../../tables.ts';
import { among, grouped } from '../rows.ts';
import { keyedTable } from '../run-conditions.ts';
import { runInfos } from '../runs.ts';
import { searchRunIds } from '../search-runs.ts';

type Db = Database<TrackingTables>;
type Value = RunRow['values'][number];

export interface RowSearch {
  readonly search: Search;
  readonly fields: readonly string[];
}

/** Runs as rows of a table: a search that reads only what is shown. Five statements, however many rows and fields. */
export async function searchRunRows(db: Db, experiments: readonly string[], { search, fields }: RowSearch): Promise<Page<RunRow>> {
  const parts = partsOf(fields);
  const { items: ids, next } = await searchRunIds(db, experiments, {
    search,
    roomFor: (own) => howManyFit(db.read, { dialect: db.dialect, parts }, own),
  });
  return { items: await loadRows(db, ids, fields), next };
}

async function loadRows(db: Db, ids: readonly number[], fields: readonly string[]): Promise<RunRow[]> {
  if (ids.length === 0) return [];
  const infos = await runInfos(db.read)
    .where((e) => among(db.dialect, e.ref('r.id'), ids))
    .execute();
  const values = await valuesOf(db, ids, fields);
  const children = await childrenOf(
    db,
    infos.map(({ run_id }) => run_id),
  );
  const byId = new Map(infos.map((info) => [info.id, info]));
  return ids.flatMap((id) => {
    const info = byId.get(id);
    if (!info) return [];
    const { id: _own, user_id, artifact_uri, ...row } = info;
    const attributes: Readonly<Record<string, string>> = { user_id, artifact_uri, experiment_id: row.experiment_id };
    const of = values.get(id);
    const shown = fields.map(
      (field): Value =>
        field.startsWith('attributes.') ? (attributes[field.slice('attributes.'.length)] ?? null) : (of?.get(field) ?? null),
    );
    return [{ ...row, start_time: Number(row.start_time), children: children.get(row.run_id) ?? 0, values: shown }];
  });
}

const KINDS = { 'metrics.': 'metric', 'params.': 'param', 'tags.': 'tag' } as const;

/** What fields show that can be long. */
function partsOf(fields: readonly string[]): Held[] {
  return (['param', 'tag'] as const).map((entity) => {
    const keys = keysAmong(fields, `${entity}s.`);
    const some = keys.length > 0 ? sql`key in (${sql.join(keys)})` : sql`1 = 0`;
    return { table: sql`(select run, value from ${keyedTable(entity)} where ${some}) v`, owner: sql`run`, texts: ['value'] };
  });
}

const keysAmong = (fields: readonly string[], prefix: string): string[] =>
  fields.filter((field) => field.startsWith(prefix)).map((field) => field.slice(prefix.length));

/** Values by run and field. */
async function valuesOf(db: Db, ids: readonly number[], fields: readonly string[]): Promise<Map<number, Map<string, Value>>> {
  const found = new Map<number, Map<string, Value>>(ids.map((id) => [id, new Map()]));
  for (const [prefix, entity] of Object.entries(KINDS)) {
    const keys = keysAmong(fields, prefix);
    if (keys.length === 0) continue;
    const value = entity === 'metric' ? sql`k.value, k.is_nan` : sql`k.value, 0 as is_nan`;
    const { rows } = await sql<{ run: number; key: string; value: number | string; is_nan: number }>`
      select k.run, k.key, ${value} from ${keyedTable(entity)} k
      where ${among(db.dialect, sql`k.run`, ids)} and k.key in (${sql.join(keys)})`.execute(db.read);
    for (const row of rows) found.get(row.run)?.set(prefix + row.key, row.is_nan ? 'NaN' : plain(row.value));
  }
  if (fields.includes('datasets')) for (const [run, names] of await datasetsOf(db, ids)) found.get(run)?.set('datasets', names.join(', '));
  return found;
}

const plain = (value: number | string): number | string =>
  typeof value === 'number' && !Number.isFinite(value) ? (value > 0 ? 'Infinity' : '-Infinity') : value;

async function datasetsOf(db: Db, ids: readonly number[]): Promise<Map<number, string[]>> {
  const rows = await db.read
    .selectFrom('tracking_dataset_inputs as i')
    .innerJoin('tracking_datasets as d', 'd.id', 'i.dataset')
    .select(['i.run', 'd.name', 'd.digest'])
    .where((e) => among(db.dialect, e.ref('i.run'), ids))
    .orderBy('i.dataset')
    .execute();
  return grouped(
    rows,
    ({ run }) => run,
    ({ name, digest }) => `${name} (${digest.slice(0, 8)})`,
  );
}

/** How many runs name each of these as their parent. Ids are shorter than what the index holds of a value. */
async function childrenOf(db: Db, runIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await sql<{ parent: string; n: number }>`
    select t.value as parent, count(*) as n from tracking_tags t join tracking_runs r on r.id = t.run
    where t.experiment in (select experiment from tracking_runs where ${among(db.dialect, sql`run_id`, runIds)}) and t.key = ${PARENT_TAG}
      and ${among(db.dialect, sql`substr(t.value, 1, 120)`, runIds)} and r.lifecycle_stage = 'active'
    group by t.value`.execute(db.read);
  return new Map(rows.map(({ parent, n }) => [parent, Number(n)]));
}

/** Deletes or restores several runs at once. Resolves with the ids that are unknown. */
export function moveRuns(db: Db, runIds: readonly string[], stage: 'active' | 'deleted'): Promise<string[]> {
  return db.write(async (tx) => {
    const known = await tx
      .selectFrom('tracking_runs')
      .select('run_id')
      .where((e) => among(db.dialect, e.ref('run_id'), runIds))
      .execute();
    await tx
      .updateTable('tracking_runs')
      .set({ lifecycle_stage: stage })
      .where((e) => among(db.dialect, e.ref('run_id'), runIds))
      .execute();
    const there = new Set(known.map(({ run_id }) => run_id));
    return runIds.filter((id) => !there.has(id));
  });
}
