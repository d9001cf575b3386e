import { sql } from 'kysely';
import type { Migration } from '#ports/database.ts';

/** Runs that a trace was counted to after it ended; the one that it was made in is in its metadata. */
export const traceRuns: Migration = {
  id: '0003-trace-runs',
  async up(db) {
    await sql
      .raw(
        'create table tracking_trace_runs (trace integer not null references tracking_traces (id), run_id text not null, primary key (trace, run_id))',
      )
      .execute(db);
  },
};
