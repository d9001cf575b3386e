import { sql } from 'kysely';
import type { Migration } from '#ports/database.ts';

const STATEMENTS = [
  `create table registry_webhooks (
    id text not null primary key, name text not null, url text not null, description text not null, events text not null,
    status text not null, secret text not null, creation_time bigint not null, last_update_time bigint not null)`,
  'create index registry_webhooks_newest on registry_webhooks (creation_time desc, id desc)',
  `create table registry_webhook_deliveries (
    id text not null primary key, webhook text not null references registry_webhooks (id), event text not null, body text not null,
    state text not null, creation_time bigint not null, touch_time bigint not null, attempts integer not null, response_status integer,
    duration_ms double precision, error text not null)`,
  'create index registry_webhook_deliveries_newest on registry_webhook_deliveries (webhook, id)',
  'create index registry_webhook_deliveries_waiting on registry_webhook_deliveries (state, touch_time)',
];

export const webhooks: Migration = {
  id: '0001-webhooks',
  async up(db) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
