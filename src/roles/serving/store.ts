import type { VariantRole } from '#contract/events.ts';
import type { CompatName } from '#contract/http/platform/deployments.ts';
import { timeOrderedId } from '#kernel/ids.ts';
import { type Database, defineStore, type Migration } from '#ports/database.ts';

interface Tables {
  deployments: { name: string; is_default: number; compat: string | null; created_ms: number; updated_ms: number };
  deployment_variants: { deployment: string; position: number; role: string; model: string; sample: number };
  deployment_history: {
    id: string;
    deployment: string;
    at_ms: number;
    action: string;
    actor: string;
    reason: string;
    from_version: string | null;
    to_version: string | null;
    model: string;
  };
}

export interface StoredVariant {
  readonly role: VariantRole;
  readonly model: string;
  /** Share of the requests that a shadow sees, 0 to 1. */
  readonly sample: number;
}

/** A deployment as it was asked for. */
export interface StoredDeployment {
  readonly name: string;
  readonly isDefault: boolean;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly compat: CompatName | undefined;
  readonly variants: readonly StoredVariant[];
}

/** One line of a deployment's history: what changed, who did it, and why. */
export interface HistoryEntry {
  readonly deployment: string;
  readonly atMs: number;
  readonly action: string;
  readonly by: string;
  readonly reason: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly model: string;
}

const tables: Migration = {
  id: '0001-deployments',
  async up(db) {
    await db.schema
      .createTable('deployments')
      .addColumn('name', 'varchar(255)', (c) => c.primaryKey())
      .addColumn('is_default', 'integer', (c) => c.notNull())
      .addColumn('created_ms', 'bigint', (c) => c.notNull())
      .addColumn('updated_ms', 'bigint', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('deployment_variants')
      .addColumn('deployment', 'varchar(255)', (c) => c.notNull())
      .addColumn('position', 'integer', (c) => c.notNull())
      .addColumn('role', 'varchar(16)', (c) => c.notNull())
      .addColumn('model', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('deployment_variants_pk', ['deployment', 'position'])
      .execute();
    await db.schema
      .createTable('deployment_history')
      .addColumn('id', 'varchar(36)', (c) => c.primaryKey())
      .addColumn('deployment', 'varchar(255)', (c) => c.notNull())
      .addColumn('at_ms', 'bigint', (c) => c.notNull())
      .addColumn('action', 'varchar(64)', (c) => c.notNull())
      .addColumn('actor', 'text', (c) => c.notNull())
      .addColumn('reason', 'text', (c) => c.notNull())
      .addColumn('from_version', 'text')
      .addColumn('to_version', 'text')
      .addColumn('model', 'text', (c) => c.notNull())
      .execute();
    await db.schema.createIndex('deployment_history_by_name').on('deployment_history').columns(['deployment', 'id']).execute();
  },
};

const profiles: Migration = {
  id: '0002-compat-and-sampling',
  async up(db) {
    await db.schema.alterTable('deployments').addColumn('compat', 'varchar(32)').execute();
    await db.schema
      .alterTable('deployment_variants')
      .addColumn('sample', 'double precision', (c) => c.notNull().defaultTo(1))
      .execute();
  },
};

/** Deployments, their variants and their history. Runs unchanged on SQLite and Postgres. */
export class DeploymentStore {
  readonly #db: Database<Tables>;
  constructor(db: Database<Tables>) {
    this.#db = db;
  }

  async list(): Promise<StoredDeployment[]> {
    const rows = await this.#db.read.selectFrom('deployments').selectAll().orderBy('name').execute();
    const variants = await this.#db.read.selectFrom('deployment_variants').selectAll().orderBy('position').execute();
    return rows.map((row) => ({
      name: row.name,
      isDefault: row.is_default === 1,
      createdMs: row.created_ms,
      updatedMs: row.updated_ms,
      variants: variants
        .filter((v) => v.deployment === row.name)
        .map(({ role, model, sample }) => ({ role: role as VariantRole, model, sample })),
      compat: (row.compat ?? undefined) as CompatName | undefined,
    }));
  }

  /** Makes or replaces a deployment. The first one is the default until another is made so. */
  async save(deployment: {
    name: string;
    isDefault: boolean | undefined;
    compat: CompatName | undefined;
    variants: StoredDeployment['variants'];
    nowMs: number;
  }): Promise<void> {
    const { name, isDefault, compat, variants, nowMs } = deployment;
    await this.#db.write(async (tx) => {
      const before = await tx.selectFrom('deployments').selectAll().where('name', '=', name).executeTakeFirst();
      const others = await tx
        .selectFrom('deployments')
        .select('name')
        .where('is_default', '=', 1)
        .where('name', '!=', name)
        .executeTakeFirst();
      const makeDefault = isDefault ?? (before ? before.is_default === 1 : !others);
      if (makeDefault) await tx.updateTable('deployments').set({ is_default: 0 }).where('name', '!=', name).execute();
      const row = { is_default: makeDefault ? 1 : 0, compat: compat ?? null, updated_ms: nowMs };
      if (before) await tx.updateTable('deployments').set(row).where('name', '=', name).execute();
      else
        await tx
          .insertInto('deployments')
          .values({ name, created_ms: nowMs, ...row })
          .execute();
      await tx.deleteFrom('deployment_variants').where('deployment', '=', name).execute();
      await tx
        .insertInto('deployment_variants')
        .values(variants.map((v, position) => ({ deployment: name, position, ...v })))
        .execute();
    });
  }

  /** Resolves with whether there was one. */
  async remove(name: string): Promise<boolean> {
    return this.#db.write(async (tx) => {
      await tx.deleteFrom('deployment_variants').where('deployment', '=', name).execute();
      const gone = await tx.deleteFrom('deployments').where('name', '=', name).executeTakeFirst();
      return gone.numDeletedRows > 0n;
    });
  }

  async record(entry: HistoryEntry): Promise<void> {
    const { deployment, atMs, action, by, reason, from, to, model } = entry;
    const row = { id: timeOrderedId(atMs), deployment, at_ms: atMs, action, actor: by, reason, from_version: from, to_version: to, model };
    await this.#db.write((tx) => tx.insertInto('deployment_history').values(row).execute());
  }

  /** Newest first. */
  async history(deployment: string, limit: number): Promise<HistoryEntry[]> {
    const rows = await this.#db.read
      .selectFrom('deployment_history')
      .selectAll()
      .where('deployment', '=', deployment)
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
    return rows.map((r) => ({
      deployment: r.deployment,
      atMs: r.at_ms,
      action: r.action,
      by: r.actor,
      reason: r.reason,
      from: r.from_version,
      to: r.to_version,
      model: r.model,
    }));
  }
}

export const store = defineStore<DeploymentStore, Tables>({
  name: 'serving',
  module: import.meta.url,
  migrations: [tables, profiles],
  reads: ['list', 'history'],
  create: (db) => new DeploymentStore(db),
});
