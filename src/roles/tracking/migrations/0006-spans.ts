import { sql } from 'kysely';
import type { Migration } from '#ports/database.ts';

/** Spans that were sent by OTLP. Those of other traces are files among the artifacts. */
export const spans: Migration = {
  id: '0006-spans',
  async up(db) {
    const statements = [
      `create table tracking_spans (
        trace integer not null references tracking_traces (id), span_id text not null, parent_id text, name text not null, type text, status text not null,
        start_ns text not null, content text not null, usage text, cost text, primary key (trace, span_id))`,
    ];
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
