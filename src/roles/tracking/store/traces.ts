import { sql } from 'kysely';
import type { Database, Dialect } from '#ports/database.ts';
import { LOCATION_TAG, type Pair, type Trace, type TraceEnd } from '../entities.ts';
import { fail } from '../errors.ts';
import type { TrackingTables } from '../tables.ts';
import { assessmentsOf, type NewAssessment, putAssessments } from './assessments.ts';
import { childUri } from './experiments.ts';
import { activeExperiment, among, chunks, experimentRow, grouped, type Reader, type Writer } from './rows.ts';
import { putPairs } from './trace-pairs.ts';

type Db = Database<TrackingTables>;

/**
 * Keeps a trace. One of the same id keeps what this one does not name: its spans may have come before it, and what was said of it.
 *
 * @throws TRACKING_EXPERIMENT_NOT_FOUND, TRACKING_EXPERIMENT_NOT_ACTIVE
 */
export function saveTrace(
  db: Db,
  { experiment_id, metadata, tags, assessments: _, ...trace }: Trace,
  said: readonly NewAssessment[] = [],
): Promise<Trace> {
  return db.append(async (tx) => {
    const experiment = await activeExperiment(tx, experiment_id);
    const row = { ...trace, experiment: experiment.id };
    const begun = await tx
      .insertInto('tracking_traces')
      .values(row)
      .onConflict((conflict) => conflict.column('trace_id').doNothing())
      .returning('id')
      .executeTakeFirst();
    const id = begun?.id ?? (await replace(tx, row));
    const location = { key: LOCATION_TAG, value: childUri(experiment.artifact_location, 'traces', trace.trace_id, 'artifacts') };
    const of = (pair: Pair) => ({ trace: id, ...pair });
    await putPairs(tx, 'tracking_trace_metadata', metadata.map(of));
    await putPairs(tx, 'tracking_trace_tags', [...tags, location].map(of));
    await putAssessments(tx, id, said);
    const [saved] = await loadTraces(tx, db.dialect, [id]);
    return saved as Trace;
  });
}

type Row = Omit<TrackingTables['tracking_traces'], 'id'>;

async function replace(tx: Writer, { trace_id, request_preview, response_preview, ...row }: Row): Promise<number> {
  const shown = { ...(request_preview && { request_preview }), ...(response_preview && { response_preview }) };
  const { id } = await tx
    .updateTable('tracking_traces')
    .set({ ...row, ...shown })
    .where('trace_id', '=', trace_id)
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
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

/** Those linked already stay so. @throws TRACKING_TRACE_NOT_FOUND */
export function linkPrompts(db: Db, traceId: string, prompts: readonly string[]): Promise<void> {
  return db.append(async (tx) => {
    const trace = await ownId(tx, traceId);
    for (const some of chunks([...new Set(prompts)])) {
      await tx
        .insertInto('tracking_trace_prompts')
        .values(some.map((prompt) => ({ trace, prompt })))
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
  });
}

const PARTS = [
  'tracking_spans',
  'tracking_trace_tags',
  'tracking_trace_metadata',
  'tracking_trace_runs',
  'tracking_trace_prompts',
  'tracking_trace_assessments',
] as const;

async function remove(tx: Writer, dialect: Dialect, ids: readonly number[]): Promise<void> {
  for (const table of PARTS) {
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

/** Those of these traces that there are, in the order of the ids. */
export async function getTraces(db: Db, traceIds: readonly string[]): Promise<Trace[]> {
  if (traceIds.length === 0) return [];
  const rows = await db.read
    .selectFrom('tracking_traces')
    .select(['id', 'trace_id'])
    .where((e) => among(db.dialect, e.ref('trace_id'), traceIds))
    .execute();
  const own = new Map(rows.map(({ id, trace_id }) => [trace_id, id]));
  const wanted = [...new Set(traceIds)].flatMap((id) => own.get(id) ?? []);
  return loadTraces(db.read, db.dialect, wanted);
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

/** Gives how many were deleted. Spans in files stay with the artifacts. */
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
