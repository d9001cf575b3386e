import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Act, Pair, Version } from '../entities.ts';
import { fail } from '../errors.ts';
import { noteAlias } from './aliases.ts';
import { noteChange, noteVersion } from './notes.ts';
import { change, type Db, IS_LATEST, lastOfEach, loadVersions, modelRow, type Reader, versionRow, type Writer } from './rows.ts';

export interface NewVersionRecord {
  readonly name: string;
  readonly source: string;
  readonly storage_location: string;
  readonly run_id: string;
  readonly run_link: string;
  readonly model_id: string;
  readonly description: string;
  readonly tags: readonly Pair[];
  readonly now: number;
}

/** Numbered one above every version that ever was. @throws REGISTRY_MODEL_NOT_FOUND */
export function createVersion(db: Db, { name, tags, now, ...fresh }: NewVersionRecord): Promise<Version> {
  return change(db, async (tx) => {
    const { id, next_version: version } = await modelRow(tx, name);
    await tx
      .updateTable('registry_models')
      .set({ next_version: version + 1, last_update_time: now })
      .where('id', '=', id)
      .execute();
    await tx
      .insertInto('registry_versions')
      .values({ model: id, version, creation_time: now, last_update_time: now, stage: 'None', ...fresh })
      .execute();
    const unique = lastOfEach(tags);
    if (unique.length > 0)
      await tx
        .insertInto('registry_version_tags')
        .values(unique.map((tag) => ({ model: id, version, ...tag })))
        .execute();
    await noteVersion(tx, { ...fresh, name, version, tags }, now);
    return only(tx, id, version);
  });
}

async function only(db: Reader, model: number, version: number): Promise<Version> {
  const [found] = await loadVersions(db, sql`v.model = ${model} and v.version = ${version}`);
  if (!found) throw fail.versionNotFound({ name: String(model), version: String(version) });
  return found;
}

export async function getVersion(db: Db, name: string, version: number): Promise<Version> {
  const { model } = await versionRow(db.read, name, version);
  return only(db.read, model, version);
}

/** The version that an alias names. @throws REGISTRY_MODEL_NOT_FOUND, REGISTRY_ALIAS_NOT_FOUND */
export async function getVersionByAlias(db: Db, name: string, alias: string): Promise<Version> {
  const { id } = await modelRow(db.read, name);
  const row = await db.read
    .selectFrom('registry_aliases')
    .select('version')
    .where('model', '=', id)
    .where('alias', '=', alias)
    .executeTakeFirst();
  if (!row) throw fail.aliasNotFound({ alias, name });
  return only(db.read, id, row.version);
}

/** Highest version of each stage, by version; of all stages when none are named. */
export async function latestVersions(db: Db, name: string, stages: readonly string[]): Promise<Version[]> {
  const { id } = await modelRow(db.read, name);
  const within: RawBuilder<SqlBool> = stages.length > 0 ? sql`and v.stage in (${sql.join(stages)})` : sql``;
  const found = await loadVersions(db.read, sql`v.model = ${id} and ${IS_LATEST} ${within}`);
  return found.toSorted((a, b) => a.version - b.version);
}

/** Does not count as an update of the model, as upstream; a move between stages does. */
export function describeVersion(
  db: Db,
  at: { readonly name: string; readonly version: number },
  to: { readonly description: string; readonly now: number },
): Promise<Version> {
  return change(db, async (tx) => {
    const { model, version } = await versionRow(tx, at.name, at.version);
    await changeVersion(tx, { model, version }, { description: to.description, last_update_time: to.now });
    return only(tx, model, version);
  });
}

async function changeVersion(
  tx: Writer,
  at: { readonly model: number; readonly version: number },
  to: { readonly description?: string; readonly stage?: string; readonly last_update_time: number },
): Promise<void> {
  await tx.updateTable('registry_versions').set(to).where('model', '=', at.model).where('version', '=', at.version).execute();
}

export interface StageMove {
  readonly stage: string;
  /** Others in that stage go to Archived. */
  readonly archiveOthers: boolean;
  readonly now: number;
}

export function moveStage(
  db: Db,
  at: { readonly name: string; readonly version: number },
  { stage, archiveOthers, now }: StageMove,
): Promise<Version> {
  return change(db, async (tx) => {
    const { model, version } = await versionRow(tx, at.name, at.version);
    if (archiveOthers) {
      await tx
        .updateTable('registry_versions')
        .set({ stage: 'Archived', last_update_time: now })
        .where('model', '=', model)
        .where('stage', '=', stage)
        .where('version', '<>', version)
        .execute();
    }
    await changeVersion(tx, { model, version }, { stage, last_update_time: now });
    await tx.updateTable('registry_models').set({ last_update_time: now }).where('id', '=', model).execute();
    return only(tx, model, version);
  });
}

/** With its tags and aliases. Its number is not given again. */
export function deleteVersion(db: Db, at: { readonly name: string; readonly version: number }, act: Act): Promise<void> {
  return change(db, async (tx) => {
    const { model, version } = await versionRow(tx, at.name, at.version);
    const aliases = await tx
      .selectFrom('registry_aliases')
      .select('alias')
      .where('model', '=', model)
      .where('version', '=', version)
      .execute();
    for (const { alias } of aliases) await noteAlias(tx, { name: at.name, alias, from: version, to: null }, act);
    for (const table of ['registry_aliases', 'registry_version_tags', 'registry_versions'] as const) {
      await tx.deleteFrom(table).where('model', '=', model).where('version', '=', version).execute();
    }
    await tx.updateTable('registry_models').set({ last_update_time: act.now }).where('id', '=', model).execute();
  });
}

const tagEvents = (action: string) => ({ model: `model_version_tag.${action}`, prompt: `prompt_version_tag.${action}` });

interface At {
  readonly name: string;
  readonly version: number;
}

export function setVersionTag(db: Db, at: At, { now, ...tag }: Pair & { readonly now: number }): Promise<void> {
  return change(db, async (tx) => {
    const { model, version } = await versionRow(tx, at.name, at.version);
    await tx
      .insertInto('registry_version_tags')
      .values({ model, version, ...tag })
      .onConflict((conflict) => conflict.columns(['model', 'version', 'key']).doUpdateSet({ value: tag.value }))
      .execute();
    await noteChange(tx, { model, names: tagEvents('set'), data: { name: at.name, version: String(version), ...tag } }, now);
  });
}

export function deleteVersionTag(db: Db, at: At, { key, now }: { readonly key: string; readonly now: number }): Promise<void> {
  return change(db, async (tx) => {
    const { model, version } = await versionRow(tx, at.name, at.version);
    await tx.deleteFrom('registry_version_tags').where('model', '=', model).where('version', '=', version).where('key', '=', key).execute();
    await noteChange(tx, { model, names: tagEvents('deleted'), data: { name: at.name, version: String(version), key } }, now);
  });
}
