import { type Expression, type SqlBool, sql } from 'kysely';
import type { PagePlace } from '#contract/http/mlflow/page-token.ts';
import { wireDouble } from '#http/mlflow/wire-values.ts';
import type { Database } from '#ports/database.ts';
import { keyset, keysOf } from '#ports/search-sql.ts';
import type { JsonSlice, Metric, Page } from '../entities.ts';
import { fail } from '../errors.ts';
import type { TrackingTables } from '../tables.ts';
import { among, fromStored } from './rows.ts';

type Db = Database<TrackingTables>;

export interface HistoryQuery {
  readonly key: string;
  /** All points when undefined. */
  readonly limit: number | undefined;
  readonly place: PagePlace | undefined;
}

/** Points of one metric by (timestamp, step, value). An unknown run or key has none. */
export async function metricHistory(db: Db, runId: string, { key, limit, place }: HistoryQuery): Promise<Page<Metric>> {
  const run = await db.read.selectFrom('tracking_runs').select('id').where('run_id', '=', runId).executeTakeFirst();
  if (!run) return { items: [], next: undefined };
  const order = keyset(
    db.dialect,
    ['timestamp', 'step', 'value', 'is_nan'].map((column) => ({ by: sql.ref(column) })),
  );
  const after = place && order.after(place.after);
  if (place && !after) throw fail.pageTokenInvalid({});
  const rows = await sql<Record<string, number>>`
    select ${sql.join(order.select)} from tracking_metrics where run = ${run.id} and key = ${key} ${after ? sql`and ${after}` : sql``}
    order by ${order.orderBy} ${limit === undefined ? sql`` : sql`limit ${limit + 1}`}`.execute(db.read);
  const full = limit !== undefined && rows.rows.length > limit;
  const kept = full ? rows.rows.slice(0, limit) : rows.rows;
  const items = kept.map((row) => ({
    key,
    value: row['k3'] ? Number.NaN : (row['k2'] as number),
    timestamp: row['k0'] as number,
    step: row['k1'] as number,
  }));
  const last = kept.at(-1);
  return { items, next: full && last ? { phase: 0, after: keysOf(last) } : undefined };
}

/** The same as JSON text. */
export async function metricHistoryJson(db: Db, runId: string, query: HistoryQuery): Promise<JsonSlice> {
  const { items, next } = await metricHistory(db, runId, query);
  const head = `{"key":${JSON.stringify(query.key)},"value":`;
  const json = items.map(({ value, timestamp, step }) => {
    const number = Number.isFinite(value) ? value : `"${wireDouble(value)}"`;
    return `${head}${number},"timestamp":${timestamp},"step":${step}}`;
  });
  return { json: json.join(), count: items.length, next };
}

export interface RunMetric extends Metric {
  readonly run_id: string;
}

/** Points of one metric of several runs by (run, timestamp, step, value), `limit` in all. */
export async function metricHistoryBulk(
  db: Db,
  runIds: readonly string[],
  query: { readonly key: string; readonly limit: number },
): Promise<RunMetric[]> {
  const rows = await pointsOf(db, runIds, query.key)
    .orderBy('r.run_id')
    .orderBy('m.timestamp')
    .orderBy('m.step')
    .orderBy('m.value')
    .limit(query.limit)
    .execute();
  return rows.map(({ is_nan, value, ...row }) => ({ ...row, value: fromStored({ value, is_nan }) }));
}

function pointsOf(db: Db, runIds: readonly string[], key: string) {
  return db.read
    .selectFrom('tracking_runs as r')
    .innerJoin('tracking_metrics as m', 'm.run', 'r.id')
    .select(['r.run_id', 'm.key', 'm.value', 'm.timestamp', 'm.step', 'm.is_nan'])
    .where((e) => among(db.dialect, e.ref('r.run_id'), runIds))
    .where('m.key', '=', key);
}

export interface IntervalQuery {
  readonly key: string;
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly limit: number;
}

/** Most points of one run in an answer: one step may hold any number of them. */
const MOST_PER_RUN = 2500;

/**
 * Points for charts: of the distinct steps over all runs every n-th, so that about `limit` are left (MLflow's `get_metric_history_bulk_interval`,
 * 3.12), with the first and last step of each run and the last of all; run by run in the order in which the runs are named.
 */
export async function metricInterval(db: Db, runIds: readonly string[], { key, from, to, limit }: IntervalQuery): Promise<RunMetric[]> {
  let within = pointsOf(db, runIds, key);
  if (from !== undefined) within = within.where('m.step', '>=', from);
  if (to !== undefined) within = within.where('m.step', '<=', to);
  const steps = await sampledSteps(db, within.clearSelect().select('m.step').distinct(), limit);
  const bounds = await within
    .clearSelect()
    .select((e) => [e.fn.min('m.step').as('first'), e.fn.max('m.step').as('last')])
    .groupBy('r.id')
    .execute();
  const kept = new Set(steps);
  for (const { first, last } of bounds) kept.add(Number(first)).add(Number(last));
  if (kept.size === 0) return [];
  const asked = within.where((e) => among(db.dialect, e.ref('m.step'), [...kept]));
  const rows = await thinned(db, asked).orderBy('step').orderBy('timestamp').orderBy('value').execute();
  const place = new Map(runIds.map((id, i) => [id, i]));
  rows.sort((a, b) => (place.get(a.run_id) as number) - (place.get(b.run_id) as number));
  return rows.map(({ is_nan, value, ...row }) => ({ ...row, value: fromStored({ value, is_nan }) }));
}

/** Of n steps those at places ⌊i·n/limit⌋, or all where they are no more. The database picks them: a long training has millions. */
async function sampledSteps(db: Db, distinct: Expression<{ step: number }>, limit: number): Promise<number[]> {
  const most = sql.lit(limit);
  const { rows } = await sql<{ step: number }>`
    select step from (select step, row_number() over (order by step) - 1 as n, count(*) over () as of_all from (${distinct}) d) p
    where (n * ${most} + of_all - 1) / of_all <> ((n + 1) * ${most} + of_all - 1) / of_all`.execute(db.read);
  return rows.map(({ step }) => Number(step));
}

/**
 * At most `MOST_PER_RUN` points of each run, evenly, first and last kept. The database picks them: a loop that logs without steps leaves millions of points
 * at one step, which would fill this thread's memory.
 */
function thinned(db: Db, points: ReturnType<typeof pointsOf>) {
  const numbered = points.select([
    sql<number>`row_number() over (partition by m.run order by m.step, m.timestamp, m.value)`.as('n'),
    sql<number>`count(*) over (partition by m.run)`.as('of_all'),
  ]);
  const most = sql.lit(MOST_PER_RUN - 1);
  return db.read
    .selectFrom(numbered.as('p'))
    .select(['p.run_id', 'p.key', 'p.value', 'p.timestamp', 'p.step', 'p.is_nan'])
    .where(
      sql<SqlBool>`p.of_all <= ${sql.lit(MOST_PER_RUN)} or p.n = 1 or (p.n - 1) * ${most} / (p.of_all - 1) <> (p.n - 2) * ${most} / (p.of_all - 1)`,
    );
}
