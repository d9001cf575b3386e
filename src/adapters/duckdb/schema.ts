import type { DuckDBConnection } from '@duckdb/node-api';
import { fail } from './errors.ts';

/** Raised by one whenever tables change; older files are brought forward by `MIGRATIONS`, newer ones are refused. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE cursors (log INTEGER NOT NULL, partition VARCHAR NOT NULL, position BIGINT NOT NULL);
  CREATE TABLE layouts (layout INTEGER NOT NULL, model_name VARCHAR NOT NULL, model_version VARCHAR NOT NULL);
  CREATE TABLE layout_features (layout INTEGER NOT NULL, name VARCHAR NOT NULL, kind VARCHAR NOT NULL, slot INTEGER NOT NULL);
  CREATE TABLE predictions (
    time TIMESTAMP NOT NULL, log INTEGER NOT NULL, "offset" BIGINT NOT NULL,
    prediction_id VARCHAR NOT NULL, request_id VARCHAR NOT NULL, "row" INTEGER NOT NULL,
    deployment VARCHAR NOT NULL, role VARCHAR NOT NULL, model_name VARCHAR NOT NULL, model_version VARCHAR NOT NULL, run_id VARCHAR,
    status VARCHAR NOT NULL, task VARCHAR NOT NULL,
    label VARCHAR, raw_label VARCHAR, value DOUBLE, score DOUBLE, probabilities VARCHAR,
    duration_ms DOUBLE NOT NULL, queue_ms DOUBLE, batch_size INTEGER,
    key VARCHAR, paired_with VARCHAR, error_code VARCHAR, error_message VARCHAR,
    layout INTEGER NOT NULL, extra VARCHAR
  );
  CREATE TABLE feedback (
    time TIMESTAMP NOT NULL, log INTEGER NOT NULL, "offset" BIGINT NOT NULL,
    prediction_id VARCHAR NOT NULL, deployment VARCHAR NOT NULL, label VARCHAR NOT NULL, raw_label VARCHAR, value DOUBLE, observed_at VARCHAR NOT NULL
  );
  CREATE TABLE dead_letters (time TIMESTAMP NOT NULL, log INTEGER NOT NULL, "offset" BIGINT NOT NULL, reason VARCHAR NOT NULL, record VARCHAR NOT NULL);
  `,
];

/** Makes or migrates the tables. @throws ANALYTICS_NEWER */
export async function migrate(connection: DuckDBConnection, path: string): Promise<void> {
  await connection.run('CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)');
  const reader = await connection.runAndReadAll('SELECT max(version) FROM schema_version');
  const found = Number(reader.getRows()[0]?.[0] ?? 0);
  if (found > MIGRATIONS.length) throw fail.newer({ path, found: String(found), known: MIGRATIONS.length });
  for (let version = found; version < MIGRATIONS.length; version++) {
    await connection.run('BEGIN');
    await connection.run(MIGRATIONS[version]!);
    await connection.run(`INSERT INTO schema_version VALUES (${version + 1})`);
    await connection.run('COMMIT');
  }
}
