import type { Transaction } from 'kysely';
import type { ReferenceProfile } from '#contract/model-schema.ts';
import { type Database, defineStore } from '#ports/database.ts';
import type { Cell } from './fold/aggregator.ts';
import { addWindows, type WindowCounts } from './fold/counts.ts';
import { tables } from './migrations/0001-tables.ts';

type Level = 'minute' | 'hour';

export interface MonitoringTables {
  monitoring_cursors: { partition_id: string; position: number };
  monitoring_cells: {
    deployment: string;
    role: string;
    model: string;
    version: string;
    reference: string;
    level: Level;
    start_ms: number;
    row_count: number;
    body: string;
  };
  monitoring_references: { id: string; source: string; created_ms: number; profile: string };
  monitoring_version_references: { model: string; version: string; reference: string; kind: ReferenceKind };
  monitoring_overrides: { deployment: string; reference: string; set_ms: number; set_by: string };
  monitoring_samples: { model: string; version: string; partition_id: string; from_offset: number; row_count: number; body: string };
}

/** Where a reference came from: the training rows, the first accepted rows, or somebody's choice. */
export type ReferenceKind = 'training' | 'collected' | 'chosen';

export interface StoredReference {
  readonly id: string;
  readonly source: string;
  readonly kind: ReferenceKind;
  readonly created_ms: number;
  readonly profile: ReferenceProfile;
}

/** Everything that one chunk of the log changes. */
export interface Delta {
  readonly partition: string;
  readonly from: number;
  readonly to: number;
  readonly cells: readonly Cell[];
  /** Rows of versions that have no reference yet, as a JSON list. */
  readonly samples: readonly { readonly model: string; readonly version: string; readonly rows: number; readonly body: string }[];
}

export interface CellQuery {
  readonly deployment: string;
  readonly role: string;
  readonly reference: string;
  readonly version?: string;
  readonly fromMs: number;
  readonly toMs: number;
}

const HOUR_MS = 3_600_000;
const SELECT_LIMIT = 20_000;

/** Windows, references and the cursor of monitoring. Runs unchanged on SQLite and Postgres. */
export class MonitoringStore {
  readonly #db: Database<MonitoringTables>;
  constructor(db: Database<MonitoringTables>) {
    this.#db = db;
  }

  async position(partition: string): Promise<number> {
    return positionIn(this.#db.read as unknown as Transaction<MonitoringTables>, partition);
  }

  /** Adds the counts and moves the cursor, both or neither. Nothing is added when the cursor is not where the delta begins. */
  async apply(delta: Delta): Promise<{ readonly applied: boolean; readonly position: number }> {
    return this.#db.write(async (tx) => {
      const position = await positionIn(tx, delta.partition);
      if (position > delta.from) return { applied: false, position };
      for (const cell of delta.cells) await addCell(tx, cell);
      for (const { model, version, rows, body } of delta.samples) {
        await tx
          .insertInto('monitoring_samples')
          .values({ model, version, partition_id: delta.partition, from_offset: delta.from, row_count: rows, body })
          .execute();
      }
      await tx
        .insertInto('monitoring_cursors')
        .values({ partition_id: delta.partition, position: delta.to })
        .onConflict((c) => c.column('partition_id').doUpdateSet({ position: delta.to }))
        .execute();
      return { applied: true, position: delta.to };
    });
  }

  /** The sum of the windows that begin in the range; whole hours are read as such. Null when there is none. */
  async window(query: CellQuery): Promise<{ readonly counts: WindowCounts; readonly windows: number } | null> {
    const firstHour = Math.ceil(query.fromMs / HOUR_MS) * HOUR_MS;
    const lastHour = Math.max(firstHour, Math.floor(query.toMs / HOUR_MS) * HOUR_MS);
    const bodies = [
      ...(await this.#bodies(query, 'minute', [query.fromMs, Math.min(firstHour, query.toMs)])),
      ...(await this.#bodies(query, 'hour', [firstHour, lastHour])),
      ...(await this.#bodies(query, 'minute', [lastHour, query.toMs])),
    ];
    if (bodies.length === 0) return null;
    const parsed = bodies.map((body) => JSON.parse(body) as WindowCounts);
    return { counts: parsed.reduce(addWindows), windows: bodies.length };
  }

  /** The windows of a range one by one, oldest first. */
  async windows(
    query: CellQuery,
    level: Level,
  ): Promise<{ readonly startMs: number; readonly version: string; readonly counts: WindowCounts }[]> {
    const rows = await this.#select(query, level, [query.fromMs, query.toMs]).execute();
    return rows.map((row) => ({ startMs: Number(row.start_ms), version: row.version, counts: JSON.parse(row.body) as WindowCounts }));
  }

  async #bodies(query: CellQuery, level: Level, [from, to]: readonly [number, number]): Promise<string[]> {
    if (from >= to) return [];
    return (await this.#select(query, level, [from, to]).execute()).map((row) => row.body);
  }

  #select(query: CellQuery, level: Level, [from, to]: readonly [number, number]) {
    let select = this.#db.read
      .selectFrom('monitoring_cells')
      .select(['start_ms', 'version', 'body'])
      .where('deployment', '=', query.deployment)
      .where('role', '=', query.role)
      .where('reference', '=', query.reference)
      .where('level', '=', level)
      .where('start_ms', '>=', from)
      .where('start_ms', '<', to);
    if (query.version !== undefined) select = select.where('version', '=', query.version);
    return select.orderBy('start_ms').limit(SELECT_LIMIT);
  }

  /** Removes windows that began before: minutes are needed for recent ranges only. Resolves with how many. */
  async prune(minutesBeforeMs: number, hoursBeforeMs: number): Promise<number> {
    return this.#db.write(async (tx) => {
      const minutes = await tx
        .deleteFrom('monitoring_cells')
        .where('level', '=', 'minute')
        .where('start_ms', '<', minutesBeforeMs)
        .executeTakeFirst();
      const hours = await tx
        .deleteFrom('monitoring_cells')
        .where('level', '=', 'hour')
        .where('start_ms', '<', hoursBeforeMs)
        .executeTakeFirst();
      return Number(minutes.numDeletedRows) + Number(hours.numDeletedRows);
    });
  }

  async reference(id: string): Promise<Omit<StoredReference, 'kind'> | null> {
    const row = await this.#db.read.selectFrom('monitoring_references').selectAll().where('id', '=', id).executeTakeFirst();
    return row
      ? { id: row.id, source: row.source, created_ms: Number(row.created_ms), profile: JSON.parse(row.profile) as ReferenceProfile }
      : null;
  }

  async versionReference(model: string, version: string): Promise<{ readonly reference: string; readonly kind: ReferenceKind } | null> {
    const select = this.#db.read.selectFrom('monitoring_version_references').select(['reference', 'kind']);
    return (await select.where('model', '=', model).where('version', '=', version).executeTakeFirst()) ?? null;
  }

  async overrides(): Promise<
    { readonly deployment: string; readonly reference: string; readonly set_ms: number; readonly set_by: string }[]
  > {
    const rows = await this.#db.read.selectFrom('monitoring_overrides').selectAll().execute();
    return rows.map((row) => ({ ...row, set_ms: Number(row.set_ms) }));
  }

  /** Keeps the reference of a version; the rows that it was collected from are no longer needed. */
  async setVersionReference(model: string, version: string, reference: StoredReference): Promise<void> {
    await this.#db.write(async (tx) => {
      await keepReference(tx, reference);
      await tx
        .insertInto('monitoring_version_references')
        .values({ model, version, reference: reference.id, kind: reference.kind })
        .onConflict((c) => c.columns(['model', 'version']).doUpdateSet({ reference: reference.id, kind: reference.kind }))
        .execute();
      await tx.deleteFrom('monitoring_samples').where('model', '=', model).where('version', '=', version).execute();
    });
  }

  /** Gives a deployment a reference of its own, with the past counted over its bins: `cells` replace what was counted over it before. */
  async setOverride(
    override: { readonly deployment: string; readonly setMs: number; readonly by: string },
    reference: StoredReference,
    cells: readonly Cell[],
  ): Promise<void> {
    const { deployment, setMs, by } = override;
    await this.#db.write(async (tx) => {
      await keepReference(tx, reference);
      const values = { reference: reference.id, set_ms: setMs, set_by: by };
      await tx
        .insertInto('monitoring_overrides')
        .values({ deployment, ...values })
        .onConflict((c) => c.column('deployment').doUpdateSet(values))
        .execute();
      await tx.deleteFrom('monitoring_cells').where('deployment', '=', deployment).where('reference', '=', reference.id).execute();
      for (const cell of cells) await addCell(tx, cell);
    });
  }

  async clearOverride(deployment: string): Promise<void> {
    await this.#db.write((tx) => tx.deleteFrom('monitoring_overrides').where('deployment', '=', deployment).execute());
  }

  async sampleCount(model: string, version: string): Promise<number> {
    const rows = await this.#db.read
      .selectFrom('monitoring_samples')
      .select('row_count')
      .where('model', '=', model)
      .where('version', '=', version)
      .execute();
    return rows.reduce((sum, row) => sum + Number(row.row_count), 0);
  }

  /** Collected rows as JSON lists, in the order in which they came. */
  async samples(model: string, version: string): Promise<string[]> {
    const select = this.#db.read.selectFrom('monitoring_samples').select('body').where('model', '=', model).where('version', '=', version);
    return (await select.orderBy('partition_id').orderBy('from_offset').execute()).map((row) => row.body);
  }
}

async function positionIn(db: Transaction<MonitoringTables>, partition: string): Promise<number> {
  const row = await db.selectFrom('monitoring_cursors').select('position').where('partition_id', '=', partition).executeTakeFirst();
  return Number(row?.position ?? 0);
}

async function addCell(tx: Transaction<MonitoringTables>, { counts, startMs, ...key }: Cell): Promise<void> {
  await addAt(tx, { ...key, level: 'minute', start_ms: startMs }, counts);
  await addAt(tx, { ...key, level: 'hour', start_ms: Math.floor(startMs / HOUR_MS) * HOUR_MS }, counts);
}

async function addAt(
  tx: Transaction<MonitoringTables>,
  key: Omit<MonitoringTables['monitoring_cells'], 'row_count' | 'body'>,
  counts: WindowCounts,
): Promise<void> {
  const found = await tx
    .selectFrom('monitoring_cells')
    .select('body')
    .where((e) => e.and(key))
    .executeTakeFirst();
  const sum = found ? addWindows(JSON.parse(found.body) as WindowCounts, counts) : counts;
  const values = { row_count: sum.rows, body: JSON.stringify(sum) };
  await tx
    .insertInto('monitoring_cells')
    .values({ ...key, ...values })
    .onConflict((c) => c.columns(['deployment', 'role', 'reference', 'level', 'start_ms', 'model', 'version']).doUpdateSet(values))
    .execute();
}

async function keepReference(tx: Transaction<MonitoringTables>, { id, source, created_ms, profile }: StoredReference): Promise<void> {
  const values = { source, created_ms, profile: JSON.stringify(profile) };
  await tx
    .insertInto('monitoring_references')
    .values({ id, ...values })
    .onConflict((c) => c.column('id').doNothing())
    .execute();
}

export const store = defineStore<MonitoringStore, MonitoringTables>({
  name: 'monitoring',
  module: import.meta.url,
  migrations: [tables],
  reads: ['position', 'window', 'windows', 'reference', 'versionReference', 'overrides', 'sampleCount', 'samples'],
  create: (db) => new MonitoringStore(db),
});
