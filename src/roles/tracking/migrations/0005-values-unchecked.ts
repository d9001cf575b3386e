import { sql } from 'kysely';
import type { Migration } from '#ports/database.ts';

/**
 * Postgres looks up the run of every value again, one by one, which is half the work of a batch. Whatever adds values has read their run, and runs are never
 * removed; so the reference tells nothing new.
 */
export const valuesUnchecked: Migration = {
  id: '0005-values-unchecked',
  async up(db, dialect) {
    if (dialect !== 'postgres') return;
    for (const table of ['tracking_metrics', 'tracking_latest_metrics', 'tracking_tags', 'tracking_params'])
      await sql.raw(`alter table ${table} drop constraint ${table}_run_fkey`).execute(db);
  },
};
