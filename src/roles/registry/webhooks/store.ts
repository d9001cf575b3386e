import { type Database, defineStore } from '#ports/database.ts';
import { fail } from '../errors.ts';
import { webhooks } from './migrations/0001-webhooks.ts';
import type { WebhookTables } from './tables.ts';

export type WebhookStatus = 'ACTIVE' | 'DISABLED';

export interface WebhookRecord {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly description: string;
  /** `model_version.created` */
  readonly events: readonly string[];
  readonly status: WebhookStatus;
  /** Sealed; empty for none. */
  readonly secret: string;
  readonly creation_time: number;
  readonly last_update_time: number;
}

export interface Delivery {
  readonly id: string;
  readonly webhook: string;
  readonly event: string;
  readonly body: string;
  readonly state: 'pending' | 'delivered' | 'failed';
  readonly creation_time: number;
  readonly touch_time: number;
  readonly attempts: number;
  readonly response_status: number | null;
  readonly duration_ms: number | null;
  readonly error: string;
}

/** How one attempt ended. */
export type Progress = Pick<Delivery, 'state' | 'attempts' | 'response_status' | 'duration_ms' | 'error' | 'touch_time'>;

/** Webhooks and what was sent to them. Each method is one unit of work. */
export class WebhookStore {
  readonly #db: Database<WebhookTables>;
  constructor(db: Database<WebhookTables>) {
    this.#db = db;
  }

  async create(fresh: WebhookRecord): Promise<void> {
    await this.#db.write((tx) =>
      tx
        .insertInto('registry_webhooks')
        .values({ ...fresh, events: JSON.stringify(fresh.events) })
        .execute(),
    );
  }

  /** @throws REGISTRY_WEBHOOK_NOT_FOUND */
  async get(id: string): Promise<WebhookRecord> {
    const row = await this.#db.read.selectFrom('registry_webhooks').selectAll().where('id', '=', id).executeTakeFirst();
    if (!row) throw fail.webhookNotFound({ id });
    return record(row);
  }

  /** Newest first. */
  async list(limit: number, after?: { readonly time: number; readonly id: string }): Promise<WebhookRecord[]> {
    const rows = await this.#db.read
      .selectFrom('registry_webhooks')
      .selectAll()
      .$if(after !== undefined, (query) =>
        query.where((e) =>
          e.or([
            e('creation_time', '<', after?.time ?? 0),
            e.and([e('creation_time', '=', after?.time ?? 0), e('id', '<', after?.id ?? '')]),
          ]),
        ),
      )
      .orderBy('creation_time', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
    return rows.map(record);
  }

  async active(): Promise<WebhookRecord[]> {
    const rows = await this.#db.read.selectFrom('registry_webhooks').selectAll().where('status', '=', 'ACTIVE').execute();
    return rows.map(record);
  }

  /** @throws REGISTRY_WEBHOOK_NOT_FOUND */
  update(id: string, { events, ...change }: Partial<Omit<WebhookRecord, 'id' | 'creation_time'>>): Promise<WebhookRecord> {
    return this.#db.write(async (tx) => {
      const set = { ...change, ...(events === undefined ? {} : { events: JSON.stringify(events) }) };
      const row = await tx.updateTable('registry_webhooks').set(set).where('id', '=', id).returningAll().executeTakeFirst();
      if (!row) throw fail.webhookNotFound({ id });
      return record(row);
    });
  }

  /** With its deliveries, also those that wait. @throws REGISTRY_WEBHOOK_NOT_FOUND */
  remove(id: string): Promise<void> {
    return this.#db.write(async (tx) => {
      await tx.deleteFrom('registry_webhook_deliveries').where('webhook', '=', id).execute();
      const { numDeletedRows } = await tx.deleteFrom('registry_webhooks').where('id', '=', id).executeTakeFirstOrThrow();
      if (numDeletedRows === 0n) throw fail.webhookNotFound({ id });
    });
  }

  /** Takes over what waits untouched since before `before`, oldest first: it is the caller's from now on. */
  claim(before: number, now: number, limit: number): Promise<Delivery[]> {
    return this.#db.write(async (tx) => {
      const ids = await tx
        .selectFrom('registry_webhook_deliveries')
        .select('id')
        .where('state', '=', 'pending')
        .where('touch_time', '<', before)
        .orderBy('touch_time')
        .limit(limit)
        .execute();
      if (ids.length === 0) return [];
      const rows = await tx
        .updateTable('registry_webhook_deliveries')
        .set({ touch_time: now })
        .where(
          'id',
          'in',
          ids.map(({ id }) => id),
        )
        .returningAll()
        .execute();
      return rows.map((row) => row as Delivery);
    });
  }

  /** Gives up what nobody here has room for, so that it can be claimed at once. */
  async release(ids: readonly string[]): Promise<void> {
    await this.#db.write((tx) => tx.updateTable('registry_webhook_deliveries').set({ touch_time: 0 }).where('id', 'in', ids).execute());
  }

  /** Notes an attempt; of the settled deliveries of the webhook the newest `keep` stay. */
  progress(delivery: { readonly id: string; readonly webhook: string }, progress: Progress, keep: number): Promise<void> {
    return this.#db.write(async (tx) => {
      await tx.updateTable('registry_webhook_deliveries').set(progress).where('id', '=', delivery.id).execute();
      if (progress.state === 'pending') return;
      const settled = tx.selectFrom('registry_webhook_deliveries').where('webhook', '=', delivery.webhook).where('state', '<>', 'pending');
      const oldest = await settled.select('id').orderBy('id', 'desc').offset(keep).limit(1).executeTakeFirst();
      if (!oldest) return;
      await tx
        .deleteFrom('registry_webhook_deliveries')
        .where('webhook', '=', delivery.webhook)
        .where('state', '<>', 'pending')
        .where('id', '<=', oldest.id)
        .execute();
    });
  }

  /** Newest first. @throws REGISTRY_WEBHOOK_NOT_FOUND */
  async deliveries(webhook: string, limit: number, before: string | undefined): Promise<Delivery[]> {
    await this.get(webhook);
    const rows = await this.#db.read
      .selectFrom('registry_webhook_deliveries')
      .selectAll()
      .where('webhook', '=', webhook)
      .$if(before !== undefined, (query) => query.where('id', '<', before ?? ''))
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
    return rows.map((row) => row as Delivery);
  }
}

function record({ events, status, ...row }: WebhookTables['registry_webhooks']): WebhookRecord {
  return { ...row, events: JSON.parse(events) as string[], status: status as WebhookStatus };
}

export const store = defineStore<WebhookStore, WebhookTables>({
  name: 'registry-webhooks',
  module: import.meta.url,
  migrations: [webhooks],
  reads: ['get', 'list', 'active', 'deliveries'],
  create: (db) => new WebhookStore(db),
});
