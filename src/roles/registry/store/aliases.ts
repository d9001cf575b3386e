import type { Selectable } from 'kysely';
import type { AliasChange } from '../api.ts';
import type { Act } from '../entities.ts';
import type { RegistryTables } from '../tables.ts';
import { noteChange } from './notes.ts';
import { change, type Db, modelRow, versionRow, type Writer } from './rows.ts';

export interface AliasMoved {
  readonly name: string;
  readonly alias: string;
  readonly from: number | null;
  readonly to: number | null;
}

const aliasEvents = (action: string) => ({ model: `model_version_alias.${action}`, prompt: `prompt_alias.${action}` });

/** Points an alias at a version, and notes it unless it pointed there already. @throws REGISTRY_VERSION_NOT_FOUND */
export function setAlias(
  db: Db,
  at: { readonly name: string; readonly alias: string; readonly version: number },
  act: Act,
): Promise<AliasMoved> {
  return change(db, async (tx) => {
    const { name, alias } = at;
    await modelRow(tx, name);
    const { model, version } = await versionRow(tx, name, at.version);
    const before = await tx
      .selectFrom('registry_aliases')
      .select('version')
      .where('model', '=', model)
      .where('alias', '=', alias)
      .executeTakeFirst();
    await tx
      .insertInto('registry_aliases')
      .values({ model, alias, version })
      .onConflict((conflict) => conflict.columns(['model', 'alias']).doUpdateSet({ version }))
      .execute();
    await tx.updateTable('registry_models').set({ last_update_time: act.now }).where('id', '=', model).execute();
    const moved = { name, alias, from: before?.version ?? null, to: version };
    if (moved.from !== moved.to) await noteAlias(tx, moved, act);
    await noteChange(tx, { model, names: aliasEvents('created'), data: { name, alias, version: String(version) } }, act.now);
    return moved;
  });
}

/** Deleting an alias that is not there changes nothing. */
export function deleteAlias(db: Db, at: { readonly name: string; readonly alias: string }, act: Act): Promise<void> {
  return change(db, async (tx) => {
    const { id } = await modelRow(tx, at.name);
    const before = await tx
      .selectFrom('registry_aliases')
      .select('version')
      .where('model', '=', id)
      .where('alias', '=', at.alias)
      .executeTakeFirst();
    await noteChange(tx, { model: id, names: aliasEvents('deleted'), data: { ...at } }, act.now);
    if (!before) return;
    await tx.deleteFrom('registry_aliases').where('model', '=', id).where('alias', '=', at.alias).execute();
    await noteAlias(tx, { ...at, from: before.version, to: null }, act);
  });
}

export async function noteAlias(tx: Writer, { name, alias, from, to }: AliasMoved, { by, reason, now }: Act): Promise<void> {
  const values = { name, alias, from_version: from, to_version: to, at: now, by_whom: by, reason };
  await tx.insertInto('registry_alias_history').values(values).execute();
}

/** Newest first. */
export async function aliasHistory(db: Db, name: string, alias: string): Promise<AliasChange[]> {
  const rows = await moves(db, name).where('alias', '=', alias).execute();
  return rows.map(changeOf);
}

/** Every move of any alias to or from a version, newest first. */
export async function versionMoves(db: Db, name: string, version: number): Promise<(AliasChange & { readonly alias: string })[]> {
  const rows = await moves(db, name)
    .where((e) => e.or([e('from_version', '=', version), e('to_version', '=', version)]))
    .execute();
  return rows.map((row) => ({ alias: row.alias, ...changeOf(row) }));
}

/** Every move of any alias of a model, newest first. */
export async function modelMoves(db: Db, name: string): Promise<(AliasChange & { readonly alias: string })[]> {
  return (await moves(db, name).execute()).map((row) => ({ alias: row.alias, ...changeOf(row) }));
}

const moves = (db: Db, name: string) =>
  db.read.selectFrom('registry_alias_history').selectAll().where('name', '=', name).orderBy('id', 'desc').limit(1000);

type Move = Selectable<RegistryTables['registry_alias_history']>;

function changeOf({ from_version, to_version, at, by_whom, reason }: Move): AliasChange {
  const text = (version: number | null) => (version === null ? null : String(version));
  return { from: text(from_version), to: text(to_version), at_ms: at, by: by_whom, reason };
}
