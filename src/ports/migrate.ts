import { type Kysely, sql } from 'kysely';
import { type Dialect, fail, type Migration } from './database.ts';

interface AppliedTable {
  trainyard_migrations: { store: string; id: string; applied_at: string };
}

/**
 * Brings one store's tables up to date. The caller holds the lock and the transaction.
 * @throws DATABASE_SCHEMA_NEWER when a step was applied that this program does not know
 */
export async function migrateStore(
  db: Kysely<unknown>,
  dialect: Dialect,
  store: { name: string; migrations: readonly Migration[] },
): Promise<void> {
  await sql`create table if not exists trainyard_migrations (store varchar(64) not null, id varchar(128) not null, applied_at varchar(32) not null, primary key (store, id))`.execute(
    db,
  );
  const own = db as Kysely<AppliedTable>;
  const rows = await own.selectFrom('trainyard_migrations').select('id').where('store', '=', store.name).orderBy('id').execute();
  const applied = new Set(rows.map((r) => r.id));
  const known = new Set(store.migrations.map((m) => m.id));
  const unknown = rows.find((r) => !known.has(r.id));
  if (unknown) throw fail.schemaNewer({ store: store.name, unknown: unknown.id });
  for (const step of store.migrations) {
    if (applied.has(step.id)) continue;
    await step.up(db, dialect);
    await own.insertInto('trainyard_migrations').values({ store: store.name, id: step.id, applied_at: new Date().toISOString() }).execute();
  }
}
