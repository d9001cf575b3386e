import { type Kysely, sql } from 'kysely';
import { catalogue, type ErrorSpec } from '#kernel/errors.ts';
import type { Dialect, Migration } from './database.ts';

export const { specs, fail } = catalogue({
  schemaNewer: {
    code: 'DATABASE_SCHEMA_NEWER',
    status: 503,
    message: ({ store, unknown }) =>
      `The database holds ${store} tables of a newer Trainyard (step '${unknown}'): start that version, or restore a backup.`,
  } satisfies ErrorSpec<{ store: string; unknown: string }>,
  unavailable: {
    code: 'DATABASE_UNAVAILABLE',
    status: 503,
    mlflow: 'TEMPORARILY_UNAVAILABLE',
    message: ({ reason }) => `The database does not answer: ${reason}`,
  } satisfies ErrorSpec<{ reason: string }>,
  foreign: {
    code: 'DATABASE_OF_MLFLOW',
    status: 500,
    message: ({ place }) =>
      `The database ${place} was made by MLflow itself (it has the table alembic_version): Trainyard keeps other tables and cannot take over its runs. Name another database with --backend-store-uri; this one was not changed.`,
  } satisfies ErrorSpec<{ place: string }>,
  busy: {
    code: 'DATABASE_BUSY',
    status: 503,
    mlflow: 'TEMPORARILY_UNAVAILABLE',
    message: () => 'Too many writers want the same rows; try again.',
  } satisfies ErrorSpec<Record<string, never>>,
  full: {
    code: 'DATABASE_FULL',
    status: 507,
    mlflow: 'TEMPORARILY_UNAVAILABLE',
    message: () => 'The disk under the database is full: free space, then try again.',
  } satisfies ErrorSpec<Record<string, never>>,
});

/** Tables by which it is told whose a database is. */
export const TELLING_TABLES = ['trainyard_migrations', 'alembic_version', 'experiments'] as const;

/**
 * Nothing is written into MLflow's own database: its next migration would not know our tables, nor we its.
 *
 * @param tables which of the telling tables there are
 * @param place what the operator calls the database
 * @throws DATABASE_OF_MLFLOW
 */
export function refuseForeign(tables: ReadonlySet<string>, place: string): void {
  if (!tables.has('trainyard_migrations') && tables.has('alembic_version') && tables.has('experiments')) throw fail.foreign({ place });
}

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
