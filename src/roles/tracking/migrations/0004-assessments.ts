import { sql } from 'kysely';
import type { Migration } from '#ports/database.ts';

const STATEMENTS = [
  `create table tracking_trace_assessments (
    assessment_id text not null primary key, trace integer not null references tracking_traces (id), create_time bigint not null,
    last_update_time bigint not null, valid integer not null, overrides text not null, body text not null)`,
  'create index tracking_trace_assessments_of on tracking_trace_assessments (trace)',
];

/** What people and judges said of traces. */
export const assessments: Migration = {
  id: '0004-assessments',
  async up(db) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
