import type { Database, Dialect } from '#ports/database.ts';
import type { Assessment, AssessmentBody, AssessmentChange } from '../entities.ts';
import { fail } from '../errors.ts';
import type { TrackingTables } from '../tables.ts';
import { among, grouped, type Reader, type Writer } from './rows.ts';

type Db = Database<TrackingTables>;
type Row = TrackingTables['tracking_trace_assessments'];

export interface NewAssessment {
  readonly id: string;
  readonly body: AssessmentBody;
  /** The assessment of the same trace that this one corrects; empty for none. */
  readonly overrides: string;
  readonly valid: boolean;
  readonly createTime: number;
  readonly updateTime: number;
}

/** One that corrects another takes its validity. @throws TRACKING_TRACE_NOT_FOUND, TRACKING_ASSESSMENT_NOT_FOUND */
export function createAssessment(db: Db, traceId: string, fresh: NewAssessment): Promise<Assessment> {
  return db.write(async (tx) => {
    const trace = await traceRow(tx, traceId);
    if (fresh.overrides !== '') await setValid(tx, { trace, id: fresh.overrides, valid: 0 }, traceId);
    const row = rowOf(trace, fresh, await nextPosition(tx, trace));
    await tx.insertInto('tracking_trace_assessments').values(row).execute();
    return assessmentOf(row);
  });
}

/** Assessments that came with a trace: they replace those of the same ids that it has, and not those of other traces. */
export async function putAssessments(tx: Writer, trace: number, all: readonly NewAssessment[]): Promise<void> {
  const first = all.length > 0 ? await nextPosition(tx, trace) : 0;
  for (const [i, one] of all.entries()) {
    const { assessment_id, ...row } = rowOf(trace, one, first + i);
    await tx
      .insertInto('tracking_trace_assessments')
      .values({ assessment_id, ...row })
      .onConflict((conflict) => conflict.column('assessment_id').doUpdateSet(row).where('tracking_trace_assessments.trace', '=', trace))
      .execute();
  }
}

/** @throws TRACKING_TRACE_NOT_FOUND, TRACKING_ASSESSMENT_NOT_FOUND */
export async function getAssessment(db: Db, traceId: string, id: string): Promise<Assessment> {
  return assessmentOf(await rowById(db.read, traceId, id));
}

/** Metadata is added to; all else that is named is replaced. The kind of an assessment cannot change. */
export function updateAssessment(
  db: Db,
  at: { readonly traceId: string; readonly id: string },
  change: AssessmentChange,
): Promise<Assessment> {
  return db.write(async (tx) => {
    const row = await rowById(tx, at.traceId, at.id);
    const before = JSON.parse(row.body) as AssessmentBody;
    const { metadata, valid, now, ...rest } = change;
    for (const kind of ['feedback', 'expectation'] as const) {
      if (rest[kind] !== undefined && before[kind] === undefined) throw fail.assessmentKind({ kind });
    }
    const merged = metadata || before.metadata ? { metadata: { ...before.metadata, ...metadata } } : {};
    const body = JSON.stringify({ ...before, ...rest, ...merged });
    const set = { body, last_update_time: now, ...(valid === undefined ? {} : { valid: Number(valid) }) };
    await tx.updateTable('tracking_trace_assessments').set(set).where('assessment_id', '=', at.id).execute();
    return assessmentOf({ ...row, ...set });
  });
}

/** What it corrected counts again. Deleting one that is not there changes nothing. @throws TRACKING_TRACE_NOT_FOUND */
export function deleteAssessment(db: Db, traceId: string, id: string): Promise<void> {
  return db.write(async (tx) => {
    const trace = await traceRow(tx, traceId);
    const gone = await tx
      .deleteFrom('tracking_trace_assessments')
      .where('trace', '=', trace)
      .where('assessment_id', '=', id)
      .returning('overrides')
      .executeTakeFirst();
    if (!gone?.overrides) return;
    await tx
      .updateTable('tracking_trace_assessments')
      .set({ valid: 1 })
      .where('trace', '=', trace)
      .where('assessment_id', '=', gone.overrides)
      .execute();
  });
}

/** Those of traces (our own ids), oldest first. */
export async function assessmentsOf(db: Reader, dialect: Dialect, traces: readonly number[]): Promise<Map<number, Assessment[]>> {
  const rows = await db
    .selectFrom('tracking_trace_assessments')
    .selectAll()
    .where((e) => among(dialect, e.ref('trace'), traces))
    .orderBy('create_time')
    .orderBy('position')
    .orderBy('assessment_id')
    .execute();
  return grouped(rows, ({ trace }) => trace, assessmentOf);
}

async function setValid(tx: Writer, { trace, id, valid }: { trace: number; id: string; valid: number }, traceId: string): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('tracking_trace_assessments')
    .set({ valid })
    .where('trace', '=', trace)
    .where('assessment_id', '=', id)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw fail.assessmentNotFound({ id, traceId });
}

async function traceRow(db: Reader, traceId: string): Promise<number> {
  const row = await db.selectFrom('tracking_traces').select('id').where('trace_id', '=', traceId).executeTakeFirst();
  if (!row) throw fail.traceNotFound({ id: traceId });
  return row.id;
}

async function rowById(db: Reader, traceId: string, id: string): Promise<Row> {
  const row = await db
    .selectFrom('tracking_trace_assessments')
    .selectAll()
    .where('trace', '=', await traceRow(db, traceId))
    .where('assessment_id', '=', id)
    .executeTakeFirst();
  if (!row) throw fail.assessmentNotFound({ id, traceId });
  return row;
}

/** Assessments of one millisecond are told apart by it. */
async function nextPosition(tx: Writer, trace: number): Promise<number> {
  const { last } = await tx
    .selectFrom('tracking_trace_assessments')
    .select((e) => e.fn.max('position').as('last'))
    .where('trace', '=', trace)
    .executeTakeFirstOrThrow();
  return Number(last ?? 0) + 1;
}

function rowOf(trace: number, { id, body, overrides, valid, createTime, updateTime }: NewAssessment, position: number): Row {
  const times = { create_time: createTime, last_update_time: updateTime };
  return { assessment_id: id, trace, ...times, valid: Number(valid), overrides, position, body: JSON.stringify(body) };
}

function assessmentOf({ assessment_id, create_time, last_update_time, valid, overrides, body }: Row): Assessment {
  return { assessment_id, create_time, last_update_time, valid: valid === 1, overrides, body: JSON.parse(body) as AssessmentBody };
}
