import type { Database } from '#ports/database.ts';
import type { TrackingTables } from '../../tables.ts';

type Db = Database<TrackingTables>;

/** Spans of a trace as JSON texts: those without a parent first, then by their beginning. A trace that is not known has none. */
export async function spanContents(db: Db, traceId: string): Promise<string[]> {
  const rows = await db.read
    .selectFrom('tracking_spans as s')
    .innerJoin('tracking_traces as t', 't.id', 's.trace')
    .select(['s.content', 's.parent_id', 's.start_ns', 's.span_id'])
    .where('t.trace_id', '=', traceId)
    .execute();
  const rank = (row: { readonly parent_id: string | null; readonly start_ns: string; readonly span_id: string }) =>
    `${row.parent_id === null ? 0 : 1}${row.start_ns}${row.span_id}`;
  return rows.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1)).map(({ content }) => content);
}
