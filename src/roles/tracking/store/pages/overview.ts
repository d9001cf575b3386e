import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { PagePlace } from '#contract/http/mlflow/page-token.ts';
import type { Columns, ExperimentRow } from '#contract/http/platform/tracking.ts';
import type { Database } from '#ports/database.ts';
import { compareSql, keyset, type SortTerm } from '#ports/search-sql.ts';
import type { Page, View } from '../../entities.ts';
import type { TrackingTables } from '../../tables.ts';
import { experimentsThatFit, loadExperiments } from '../read/experiments.ts';
import { pageOfIds } from '../read/page-of-ids.ts';
import { among, experimentIds, stagesOf } from '../rows.ts';

type Db = Database<TrackingTables>;

export interface ExperimentListing {
  readonly q: string | undefined;
  readonly view: View;
  readonly sort: 'last_run' | 'name' | 'creation_time';
  readonly limit: number;
  readonly place: PagePlace | undefined;
}

/** Newest active run of an experiment: the index of runs has it first. */
const LAST_RUN = sql`(select max(r.start_time) from tracking_runs r where r.experiment = e.id and r.lifecycle_stage = 'active')`;
const TIES: SortTerm = { by: sql`e.id`, descending: true };
const SORTS: Readonly<Record<ExperimentListing['sort'], SortTerm>> = {
  last_run: { by: sql`coalesce(${LAST_RUN}, e.creation_time)`, descending: true },
  name: { by: sql`e.name`, text: true },
  creation_time: { by: sql`e.creation_time`, descending: true },
};

/** Experiments with what is in them. */
export async function listExperiments(db: Db, { q, view, sort, limit, place }: ExperimentListing): Promise<Page<ExperimentRow>> {
  const order = keyset(db.dialect, [SORTS[sort], TIES]);
  const where: RawBuilder<SqlBool>[] = [sql`e.lifecycle_stage in (${sql.join(stagesOf(view))})`];
  if (q) where.push(compareSql(db.dialect, sql`e.name`, { comparison: 'ILIKE', value: `%${q}%` }));
  const from = { table: sql`tracking_experiments e`, id: sql`e.id`, where, order };
  const { items, next } = await pageOfIds(db.read, { ...from, limit, place, roomFor: (some) => experimentsThatFit(db, some) });
  return { items: await withRuns(db, items), next };
}

async function withRuns(db: Db, ids: readonly number[]): Promise<ExperimentRow[]> {
  const experiments = await loadExperiments(db, ids);
  const counts = await db.read
    .selectFrom('tracking_runs')
    .select((e) => ['experiment', 'lifecycle_stage', e.fn.countAll<number>().as('n'), e.fn.max('start_time').as('last')])
    .where((e) => among(db.dialect, e.ref('experiment'), ids))
    .groupBy(['experiment', 'lifecycle_stage'])
    .execute();
  const runsOf = (id: number, stage: string) =>
    counts.find(({ experiment, lifecycle_stage }) => experiment === id && lifecycle_stage === stage);
  return experiments.map(({ id, experiment: { creation_time, last_update_time, ...rest } }) => {
    const active = runsOf(id, 'active');
    return {
      ...rest,
      tags: [...rest.tags],
      creation_time: Number(creation_time),
      last_update_time: Number(last_update_time),
      active_runs: Number(active?.n ?? 0),
      deleted_runs: Number(runsOf(id, 'deleted')?.n ?? 0),
      last_run_time: active ? Number(active.last) : null,
    };
  });
}

/** More names than these nobody chooses from a list. */
const MOST_KEYS = 1000;

/** Names of metrics, parameters and tags that runs of some experiments have. */
export async function listColumns(db: Db, experiments: readonly string[]): Promise<Columns> {
  const ids = (await experimentIds(db.read, experiments)).map(({ id }) => id);
  const [metrics, params, tags] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const id of ids) {
    for (const key of await keysIn(db, 'tracking_latest_metrics', id)) metrics.add(key);
    for (const key of await keysIn(db, 'tracking_params', id)) params.add(key);
    for (const key of await keysIn(db, 'tracking_tags', id)) tags.add(key);
  }
  const sorted = (keys: Set<string>) => [...keys].sort();
  return { metrics: sorted(metrics), params: sorted(params), tags: sorted(tags) };
}

/** Jumps from key to key in the index: as many look-ups as keys, not as many as rows (SQLite manual, "skip-scan" done by hand). */
async function keysIn(db: Db, table: string, experiment: number): Promise<string[]> {
  const from = sql.table(table);
  const { rows } = await sql<{ key: string }>`
    with recursive keys(key) as (
      select min(t.key) from ${from} t where t.experiment = ${experiment}
      union all
      select (select min(t.key) from ${from} t where t.experiment = ${experiment} and t.key > keys.key) from keys where keys.key is not null
    ) select key from keys where key is not null limit ${MOST_KEYS}`.execute(db.read);
  return rows.map(({ key }) => key);
}
