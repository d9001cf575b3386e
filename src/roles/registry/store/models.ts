import type { Act, Model, Pair } from '../entities.ts';
import { fail } from '../errors.ts';
import { noteAlias } from './aliases.ts';
import { noteChange, noteModel } from './notes.ts';
import { change, type Db, lastOfEach, loadModels, modelRow, type Reader, type Writer } from './rows.ts';

export interface NewModel {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly Pair[];
  readonly now: number;
}

/** @throws REGISTRY_MODEL_EXISTS */
export function createModel(db: Db, fresh: NewModel): Promise<Model> {
  return change(db, async (tx) => {
    const same = await tx.selectFrom('registry_models').select('id').where('name', '=', fresh.name).executeTakeFirst();
    if (same) throw fail.modelExists({ name: fresh.name });
    return insertModel(tx, fresh);
  });
}

/** Resolves with whether it had to be made. */
export async function ensureModel(db: Db, fresh: NewModel): Promise<boolean> {
  const known = await db.read.selectFrom('registry_models').select('id').where('name', '=', fresh.name).executeTakeFirst();
  if (known) return false;
  return change(db, async (tx) => {
    const same = await tx.selectFrom('registry_models').select('id').where('name', '=', fresh.name).executeTakeFirst();
    if (!same) await insertModel(tx, fresh);
    return !same;
  });
}

async function insertModel(tx: Writer, { name, description, tags, now }: NewModel): Promise<Model> {
  const values = { name, description, creation_time: now, last_update_time: now, next_version: 1 };
  const { id } = await tx.insertInto('registry_models').values(values).returning('id').executeTakeFirstOrThrow();
  const unique = lastOfEach(tags);
  if (unique.length > 0)
    await tx
      .insertInto('registry_model_tags')
      .values(unique.map((tag) => ({ model: id, ...tag })))
      .execute();
  await noteModel(tx, { name, description, tags }, now);
  return only(tx, id);
}

async function only(db: Reader, id: number): Promise<Model> {
  const [model] = await loadModels(db, [id]);
  if (!model) throw fail.modelNotFound({ name: String(id) });
  return model;
}

export async function getModel(db: Db, name: string): Promise<Model> {
  return only(db.read, (await modelRow(db.read, name)).id);
}

export async function listModels(db: Db): Promise<Model[]> {
  const rows = await db.read.selectFrom('registry_models').select('id').orderBy('name').execute();
  return loadModels(
    db.read,
    rows.map(({ id }) => id),
  );
}

export function describeModel(db: Db, name: string, to: { readonly description: string; readonly now: number }): Promise<Model> {
  return change(db, async (tx) => {
    const { id } = await modelRow(tx, name);
    await tx.updateTable('registry_models').set({ description: to.description, last_update_time: to.now }).where('id', '=', id).execute();
    return only(tx, id);
  });
}

/** The history of its aliases goes with it. @throws REGISTRY_MODEL_EXISTS */
export function renameModel(db: Db, name: string, to: { readonly name: string; readonly now: number }): Promise<Model> {
  return change(db, async (tx) => {
    const { id } = await modelRow(tx, name);
    const same = await tx.selectFrom('registry_models').select('id').where('name', '=', to.name).executeTakeFirst();
    if (same) throw fail.modelExists({ name: to.name });
    await tx.updateTable('registry_models').set({ name: to.name, last_update_time: to.now }).where('id', '=', id).execute();
    await tx.updateTable('registry_versions').set({ last_update_time: to.now }).where('model', '=', id).execute();
    await tx.updateTable('registry_alias_history').set({ name: to.name }).where('name', '=', name).execute();
    return only(tx, id);
  });
}

/** With all of its versions, tags and aliases; only the history of the aliases stays. */
export function deleteModel(db: Db, name: string, act: Act): Promise<void> {
  return change(db, async (tx) => {
    const { id } = await modelRow(tx, name);
    const aliases = await tx.selectFrom('registry_aliases').selectAll().where('model', '=', id).execute();
    for (const { alias, version } of aliases) await noteAlias(tx, { name, alias, from: version, to: null }, act);
    for (const table of ['registry_aliases', 'registry_version_tags', 'registry_versions', 'registry_model_tags'] as const) {
      await tx.deleteFrom(table).where('model', '=', id).execute();
    }
    await tx.deleteFrom('registry_models').where('id', '=', id).execute();
  });
}

/** MLflow has no events for tags of models that are no prompts. */
const tagEvents = (action: string) => ({ model: '', prompt: `prompt_tag.${action}` });

export function setModelTag(db: Db, name: string, { now, ...tag }: Pair & { readonly now: number }): Promise<void> {
  return change(db, async (tx) => {
    const { id } = await modelRow(tx, name);
    await tx
      .insertInto('registry_model_tags')
      .values({ model: id, ...tag })
      .onConflict((conflict) => conflict.columns(['model', 'key']).doUpdateSet({ value: tag.value }))
      .execute();
    await noteChange(tx, { model: id, names: tagEvents('set'), data: { name, ...tag } }, now);
  });
}

export function deleteModelTag(db: Db, name: string, { key, now }: { readonly key: string; readonly now: number }): Promise<void> {
  return change(db, async (tx) => {
    const { id } = await modelRow(tx, name);
    await noteChange(tx, { model: id, names: tagEvents('deleted'), data: { name, key } }, now);
    await tx.deleteFrom('registry_model_tags').where('model', '=', id).where('key', '=', key).execute();
  });
}
