import { type Kysely, type RawBuilder, type SqlBool, sql, type Transaction } from 'kysely';
import type { Database } from '#ports/database.ts';
import type { Model, Pair, Version } from '../entities.ts';
import { fail } from '../errors.ts';
import type { RegistryTables } from '../tables.ts';

export type Db = Database<RegistryTables>;
export type Reader = Kysely<RegistryTables> | Transaction<RegistryTables>;
export type Writer = Transaction<RegistryTables>;

/** Does a write and counts it, so that whoever waits for changes learns of it. */
export function change<R>(db: Db, work: (tx: Writer) => Promise<R>): Promise<R> {
  return db.write(async (tx) => {
    const result = await work(tx);
    await tx
      .updateTable('registry_revision')
      .set((e) => ({ revision: e('revision', '+', 1) }))
      .execute();
    return result;
  });
}

/** @throws REGISTRY_MODEL_NOT_FOUND */
export async function modelRow(db: Reader, name: string) {
  const row = await db.selectFrom('registry_models').selectAll().where('name', '=', name).executeTakeFirst();
  if (!row) throw fail.modelNotFound({ name });
  return row;
}

/** Our own id of the model of an existing version. @throws REGISTRY_MODEL_NOT_FOUND, REGISTRY_VERSION_NOT_FOUND */
export async function versionRow(db: Reader, name: string, version: number) {
  const row = await db
    .selectFrom('registry_versions as v')
    .innerJoin('registry_models as m', 'm.id', 'v.model')
    .select(['v.model', 'v.version', 'v.stage'])
    .where('m.name', '=', name)
    .where('v.version', '=', version)
    .executeTakeFirst();
  if (!row) throw fail.versionNotFound({ name, version: String(version) });
  return row;
}

/** The last value of each key: one statement may not write the same row twice (PostgreSQL manual, INSERT). */
export function lastOfEach(pairs: readonly Pair[]): Pair[] {
  return [...new Map(pairs.map((pair) => [pair.key, pair])).values()];
}

/** Versions that match, in no order. `where` speaks of `v` (versions) and `m` (models). */
export async function loadVersions(db: Reader, where: RawBuilder<SqlBool>): Promise<(Version & { readonly model: number })[]> {
  const { rows } = await sql<Omit<Version, 'tags' | 'aliases'> & { model: number }>`
    select m.name, v.model, v.version, v.creation_time, v.last_update_time, v.description, v.stage, v.source, v.storage_location, v.run_id, v.run_link
    from registry_versions v join registry_models m on m.id = v.model where ${where}`.execute(db);
  if (rows.length === 0) return [];
  const models = [...new Set(rows.map(({ model }) => model))];
  const [tags, aliases] = await Promise.all([versionTags(db, where), aliasesOf(db, models)]);
  return rows.map((row) => ({
    ...row,
    tags: tags.get(`${row.model}/${row.version}`) ?? [],
    aliases: (aliases.get(row.model) ?? []).filter(({ version }) => version === row.version).map(({ alias }) => alias),
  }));
}

async function versionTags(db: Reader, where: RawBuilder<SqlBool>): Promise<Map<string, Pair[]>> {
  const { rows } = await sql<RegistryTables['registry_version_tags']>`
    select t.model, t.version, t.key, t.value from registry_versions v join registry_models m on m.id = v.model
    join registry_version_tags t on t.model = v.model and t.version = v.version where ${where} order by t.key`.execute(db);
  const groups = Map.groupBy(rows, ({ model, version }) => `${model}/${version}`);
  return new Map([...groups].map(([id, own]) => [id, own.map(({ key, value }) => ({ key, value }))]));
}

async function aliasesOf(db: Reader, models: readonly number[]) {
  const rows = await db.selectFrom('registry_aliases').selectAll().where('model', 'in', models).orderBy('alias').execute();
  return Map.groupBy(rows, ({ model }) => model);
}

/** Models in the order of their ids (our own). */
export async function loadModels(db: Reader, ids: readonly number[]): Promise<Model[]> {
  if (ids.length === 0) return [];
  const rows = await db.selectFrom('registry_models').selectAll().where('id', 'in', ids).execute();
  const tags = await db.selectFrom('registry_model_tags').selectAll().where('model', 'in', ids).orderBy('key').execute();
  const aliases = await aliasesOf(db, ids);
  const counts = await db
    .selectFrom('registry_versions')
    .select((e) => ['model', e.fn.countAll<number>().as('n')])
    .where('model', 'in', ids)
    .groupBy('model')
    .execute();
  const latest = Map.groupBy(await loadVersions(db, sql`v.model in (${sql.join(ids)}) and ${IS_LATEST}`), ({ model }) => model);
  const tagsOf = Map.groupBy(tags, ({ model }) => model);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    if (!row) return [];
    const { id: _own, next_version: _next, ...model } = row;
    return [
      {
        ...model,
        tags: (tagsOf.get(id) ?? []).map(({ key, value }) => ({ key, value })),
        aliases: (aliases.get(id) ?? []).map(({ alias, version }) => ({ alias, version: String(version) })),
        latest: (latest.get(id) ?? []).toSorted((a, b) => a.version - b.version),
        versions: Number(counts.find(({ model }) => model === id)?.n ?? 0),
      },
    ];
  });
}

/** No higher version is in the same stage. */
export const IS_LATEST = sql<SqlBool>`v.version = (select max(x.version) from registry_versions x where x.model = v.model and x.stage = v.stage)`;
