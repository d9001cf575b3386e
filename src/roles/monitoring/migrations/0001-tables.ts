import { sql } from 'kysely';
import type { Migration } from '#ports/database.ts';

const STATEMENTS = [
  'create table monitoring_cursors (partition_id text not null primary key, position bigint not null)',
  `create table monitoring_cells (
    deployment text not null, role text not null, model text not null, version text not null, reference text not null,
    level text not null, start_ms bigint not null, row_count bigint not null, body text not null,
    primary key (deployment, role, reference, level, start_ms, model, version))`,
  'create table monitoring_references (id text not null primary key, source text not null, created_ms bigint not null, profile text not null)',
  `create table monitoring_version_references (
    model text not null, version text not null, reference text not null, kind text not null, primary key (model, version))`,
  'create table monitoring_overrides (deployment text not null primary key, reference text not null, set_ms bigint not null, set_by text not null)',
  `create table monitoring_samples (
    model text not null, version text not null, partition_id text not null, from_offset bigint not null, row_count bigint not null, body text not null,
    primary key (model, version, partition_id, from_offset))`,
];

export const tables: Migration = {
  id: '0001-tables',
  async up(db) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
