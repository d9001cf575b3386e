import type { AliasChange } from '../api.ts';
import type { Act } from '../entities.ts';
import { change, type Db, modelRow, versionRow, type Writer } from './rows.ts';

export interface AliasMoved {
  readonly name: string;
  readonly alias: string;
  readonly from: number | null;
  readonly to: number | null;
}

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
  const rows = await db.read
    .selectFrom('registry_alias_history')
    .selectAll()
    .where('name', '=', name)
    .where('alias', '=', alias)
    .orderBy('id', 'desc')
    .limit(1000)
    .execute();
  const text = (version: number | null) => (version === null ? null : String(version));
  return rows.map((row) => ({
    from: text(row.from_version),
    to: text(row.to_version),
    at_ms: row.at,
    by: row.by_whom,
    reason: row.reason,
  }));
}
