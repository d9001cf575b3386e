import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import { type Keyset, keysOf } from '#ports/search-sql.ts';
import type { Page, Search } from '../../entities.ts';
import { fail } from '../../errors.ts';

interface Asked extends Pick<Search, 'limit' | 'place'> {
  /** A table with a column `id`, and its name in the other parts: `tracking_traces t`. */
  readonly table: RawBuilder<unknown>;
  readonly id: RawBuilder<unknown>;
  readonly where: readonly RawBuilder<SqlBool>[];
  readonly order: Keyset;
  /** How many of the first of these ids fit on a page. */
  readonly roomFor: (ids: readonly number[]) => Promise<number>;
}

/** Our own ids of the rows of one page, in their order; fewer than asked for where more would take too much memory. @throws TRACKING_PAGE_TOKEN_INVALID */
export async function pageOfIds<T>(db: Kysely<T>, { table, id, where, order, limit, place, roomFor }: Asked): Promise<Page<number>> {
  const after = place && order.after(place.after);
  if (place && !after) throw fail.pageTokenInvalid({});
  const conditions = after ? [...where, after] : where;
  const { rows } = await sql<{ id: number }>`select ${id}, ${sql.join(order.select)} from ${table}
    where ${sql.join(conditions, sql` and `)} order by ${order.orderBy} limit ${limit + 1}`.execute(db);
  const wanted = rows.slice(0, limit).map((row) => row.id);
  const kept = rows.slice(0, await roomFor(wanted));
  const last = kept.at(-1);
  return {
    items: kept.map((row) => row.id),
    next: rows.length > kept.length && last ? { phase: 0, after: keysOf({ ...last }) } : undefined,
  };
}
