import { sql } from 'kysely';
import type { Database, Dialect } from '#ports/database.ts';
import { type Assessment, LOCATION_TAG, type Pair, type Trace, type TraceEnd } from '../entities.ts';
import { fail } from '../errors.ts';
import type { TrackingTables } from '../tables.ts';
import { assessmentsOf, insertAssessments, type NewAssessment } from './assessments.ts';
import { childUri } from './experiments.ts';
import { activeExperiment, among, experimentRow, grouped, lastOfEach, type Reader, type Writer } from './rows.ts';

type Db = Database<TrackingTables>;
type KeyedPair = Pair & { readonly trace: number };

/** Keeps a trace, replacing one of the same id. @throws TRACKING_EXPERIMENT_NOT_FOUND, TRACKING_EXPERIMENT_NOT_ACTIVE */
export function saveTrace(
  db: Db,
  { experiment_id, metadata, tags, assessments: _, ...trace }: Trace,
  said: readonly NewAssessment[] = [],
): Promise<Trace> {
  return db.write(async (tx) => {
    const experiment = await activeExperiment(tx, experiment_id);
    const before = await tx.selectFrom('tracking_traces').select('id').where('trace_id', '=', trace.trace_id).executeTakeFirst();
    const kept = before ? ((await assessmentsOf(tx, db.dialect, [before.id])).get(before.id) ?? []) : [];
    if (before) await remove(tx, db.dialect, [before.id]);
    const { id } = await tx
      .insertInto('tracking_traces')
      .values({ ...trace, experiment: experiment.id })
      .returning('id')
      .executeTakeFirstOrThrow();
    const location = { key: LOCATION_TAG, value: childUri(experiment.artifact_location, 'traces', trace.trace_id, 'artifacts') };
    const own = lastOfEach([...tags, location]);
    await tx
      .insertInto('tracking_trace_tags')
      .values(own.map((tag) => ({ trace: id, ...tag })))
      .execute();
    const known = lastOfEach(metadata);
    if (known.length > 0)
      await tx
        .insertInto('tracking_trace_metadata')
        .values(known.map((pair) => ({ trace: id, ...pair })))
        .execute();
    await insertAssessments(tx, id, [...said, ...kept.map(asNew)]);
    const assessments = (await assessmentsOf(tx, db.dialect, [id])).get(id) ?? [];
    return { ...trace, experiment_id, metadata: known, tags: own, assessments };
  });
}

/** What was said of a trace is kept when the trace itself is sent again. */
function asNew({ assessment_id: id, body, overrides, valid, create_time, last_update_time }: Assessment): NewAssessment {
  return { id, body, overrides, valid, createTime: create_time, updateTime: last_update_time };
}

/** Ends a trace that was begun; what it says of metadata and tags replaces what was said at the beginning. @throws TRACKING_TRACE_NOT_FOUND */
export function endTrace(db: Db, traceId: string, { at, state, metadata, tags }: TraceEnd): Promise<Trace> {
  return db.write(async (tx) => {
    const trace = await ownId(tx, traceId);
    await tx
      .updateTable('tracking_traces')
      .set({ state, duration_ms: sql<number>`${at} - request_time` })
      .where('id', '=', trace)
      .execute();
    await putPairs(
      tx,
      'tracking_trace_metadata',
      metadata.map((pair) => ({ trace, ...pair })),
    );
    await putPairs(
      tx,
      'tracking_trace_tags',
      tags.map((pair) => ({ trace, ...pair })),
    );
    const [ended] = await loadTraces(tx, db.dialect, [trace]);
    return ended as Trace;
  });
}

async function putPairs(tx: Writer, table: 'tracking_trace_tags' | 'tracking_trace_metadata', put: readonly KeyedPair[]): Promise<void> {
  for (const pair of put) {
    await tx
      .insertInto(table)
      .values(pair)
      .onConflict((conflict) => conflict.columns(['trace', 'key']).doUpdateSet({ value: pair.value }))
      .execute();
  }
}

/** Traces that are not kept here are passed over, as upstream does. */
export function linkTraces(db: Db, traceIds: readonly string[], run_id: string): Promise<void> {
  return db.write(async (tx) => {
    const found = await tx
      .selectFrom('tracking_traces')
      .select('id')
      .where((e) => among(db.dialect, e.ref('trace_id'), traceIds))
      .execute();
    for (const { id } of found) {
      await tx
        .insertInto('tracking_trace_runs')
        .values({ trace: id, run_id })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
  });
}

async function remove(tx: Writer, dialect: Dialect, ids: readonly number[]): Promise<void> {
  for (const table of ['tracking_trace_tags', 'tracking_trace_metadata', 'tracking_trace_runs', 'tracking_trace_assessments'] as const) {
    await tx
      .deleteFrom(table)
      .where((e) => among(dialect, e.ref('trace'), ids))
      .execute();
  }
  await tx
    .deleteFrom('tracking_traces')
    .where((e) => among(dialect, e.ref('id'), ids))
    .execute();
}

async function ownId(db: Reader, traceId: string): Promise<number> {
  const row = await db.selectFrom('tracking_traces').select('id').where('trace_id', '=', traceId).executeTakeFirst();
  if (!row) throw fail.traceNotFound({ id: traceId });
  return row.id;
}

/** @throws TRACKING_TRACE_NOT_FOUND */
export async function getTrace(db: Db, traceId: string): Promise<Trace> {
  const [trace] = await loadTraces(db.read, db.dialect, [await ownId(db.read, traceId)]);
  if (!trace) throw fail.traceNotFound({ id: traceId });
  return trace;
}

export function setTraceTag(db: Db, traceId: string, tag: Pair): Promise<void> {
  return db.write(async (tx) => {
    await putPairs(tx, 'tracking_trace_tags', [{ trace: await ownId(tx, traceId), ...tag }]);
  });
}

export function deleteTraceTag(db: Db, traceId: string, key: string): Promise<void> {
  return db.write(async (tx) => {
    const trace = await ownId(tx, traceId);
    const { numDeletedRows } = await tx
      .deleteFrom('tracking_trace_tags')
      .where('trace', '=', trace)
      .where('key', '=', key)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw fail.tagNotFound({ key, of: 'trace', id: traceId });
  });
}

/** The traces named, or the oldest ones up to a time. */
export interface WhichTraces {
  readonly ids: readonly string[] | undefined;
  readonly until: number | undefined;
  readonly most: number | undefined;
}

/** Gives how many were deleted. Their spans stay with the artifacts. */
export function deleteTraces(db: Db, experimentId: string, { ids, until, most }: WhichTraces): Promise<number> {
  return db.write(async (tx) => {
    const experiment = await experimentRow(tx, experimentId);
    let found = tx.selectFrom('tracking_traces').select('id').where('experiment', '=', experiment.id).orderBy('request_time');
    if (ids) found = found.where((e) => among(db.dialect, e.ref('trace_id'), ids));
    if (until !== undefined) found = found.where('request_time', '<=', until);
    if (most !== undefined) found = found.limit(most);
    const rows = await found.execute();
    if (rows.length > 0)
      await remove(
        tx,
        db.dialect,
        rows.map(({ id }) => id),
      );
    return rows.length;
  });
}

/** Traces in the order of their ids (our own). */
export async function loadTraces(db: Reader, dialect: Dialect, ids: readonly number[]): Promise<Trace[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('tracking_traces as t')
    .innerJoin('tracking_experiments as x', 'x.id', 't.experiment')
    .select(['t.id', 't.trace_id', 'x.experiment_id', 't.request_time', 't.duration_ms', 't.state', 't.client_request_id'])
    .select(['t.request_preview', 't.response_preview'])
    .where((e) => among(dialect, e.ref('t.id'), ids))
    .execute();
  const pairs = async (table: 'tracking_trace_tags' | 'tracking_trace_metadata') => {
    const found = await db
      .selectFrom(table)
      .selectAll()
      .where((e) => among(dialect, e.ref('trace'), ids))
      .execute();
    return grouped(
      found,
      (row) => row.trace,
      ({ key, value }) => ({ key, value }),
    );
  };
  const tags = await pairs('tracking_trace_tags');
  const metadata = await pairs('tracking_trace_metadata');
  const said = await assessmentsOf(db, dialect, ids);
  const byId = new Map(
    rows.map(({ id, ...row }) => {
      const own = { tags: tags.get(id) ?? [], metadata: metadata.get(id) ?? [], assessments: said.get(id) ?? [] };
      return [id, { ...row, ...own }];
    }),
  );
  return ids.flatMap((id) => byId.get(id) ?? []);
}
