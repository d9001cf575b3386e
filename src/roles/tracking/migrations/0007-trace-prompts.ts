import { sql } from 'kysely';
import type { Migration } from '#ports/database.ts';

/** Versions of prompts that were used in a trace, as `name/version`. */
export const tracePrompts: Migration = {
  id: '0007-trace-prompts',
  async up(db) {
    const statements = [
      'create table tracking_trace_prompts (trace integer not null references tracking_traces (id), prompt text not null, primary key (trace, prompt))',
      'create index tracking_trace_prompts_by_prompt on tracking_trace_prompts (prompt)',
    ];
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
