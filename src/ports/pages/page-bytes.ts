import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Dialect } from '../database.ts';

/** Bytes of texts that one page may hold: they take a multiple of that in this process before they are sent, and many callers ask at the same time. */
export const PAGE_BYTES = 8 * 1024 * 1024;
/** What a number, a time or the frame of an entry takes in an answer, about. */
const ENTRY_BYTES = 64;

/** A table with parts of what is listed. */
export interface Held {
  readonly table: RawBuilder<unknown>;
  /** The column with the own id of what a row belongs to. */
  readonly owner: RawBuilder<unknown>;
  /** Its columns that can be long. */
  readonly texts: readonly string[];
}

export function held(table: string, owner: string, texts: readonly string[]): Held {
  return { table: sql.table(table), owner: sql.ref(owner), texts };
}

/**
 * How many of the first of some things, by their own ids, fit on a page; at least one. It costs little beside reading them: both databases tell the length
 * of a text from its head (SQLite: `octet_length` since 3.43; PostgreSQL: `textoctetlen` does not detoast).
 */
export async function howManyFit<T>(
  db: Kysely<T>,
  { dialect, parts }: { readonly dialect: Dialect; readonly parts: readonly Held[] },
  ids: readonly number[],
): Promise<number> {
  if (ids.length < 2) return ids.length;
  const isOne = (owner: RawBuilder<unknown>) =>
    dialect === 'sqlite' ? sql`${owner} in (select value from json_each(${JSON.stringify(ids)}))` : sql`${owner} = any(${ids}::bigint[])`;
  const sums = parts.map((part) => sql`select sum(${bytesOf(part.texts)}) as bytes from ${part.table} where ${isOne(part.owner)}`);
  const total = await sql<{
    bytes: number | string | null;
  }>`select sum(bytes) as bytes from (${sql.join(sums, sql` union all `)}) s`.execute(db);
  if (Number(total.rows[0]?.bytes ?? 0) <= PAGE_BYTES) return ids.length;
  const each = parts.map(
    ({ table, owner, texts }) => sql`select ${owner} as id, sum(${bytesOf(texts)}) as bytes from ${table} where ${isOne(owner)} group by 1`,
  );
  const { rows } = await sql<{ id: number | string; bytes: number | string }>`
    select id, sum(bytes) as bytes from (${sql.join(each, sql` union all `)}) s group by id`.execute(db);
  return fitting(ids, new Map(rows.map(({ id, bytes }) => [Number(id), Number(bytes)])));
}

/** SQL of the bytes of a row, its frame included. */
export function bytesOf(texts: readonly string[]): RawBuilder<number> {
  return sql`${sql.join(
    texts.map((text) => sql`coalesce(octet_length(${sql.ref(text)}), 0)`),
    sql` + `,
  )} + ${sql.lit(ENTRY_BYTES)}`;
}

/** How many of the first of some things fit on a page, by the bytes of each; at least one. */
export function fitting<K>(keys: readonly K[], bytes: ReadonlyMap<K, number>): number {
  let sum = 0;
  const first = keys.findIndex((key) => {
    sum += bytes.get(key) ?? 0;
    return sum > PAGE_BYTES;
  });
  return first < 0 ? keys.length : Math.max(1, first);
}
