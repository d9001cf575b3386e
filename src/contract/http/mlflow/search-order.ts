import { type Entity, identify, type SearchGrammar } from './search-filter.ts';
import { SearchSyntaxError } from './search-tokens.ts';

/** One key of an order, checked. */
export interface OrderKey {
  readonly entity: Entity;
  readonly key: string;
  readonly descending: boolean;
  /** Logged models: take the metric of this data set only. */
  readonly dataset?: { readonly name: string; readonly digest?: string };
}

/** SQLite joins at most 64 tables. */
const MOST_KEYS = 30;

/** Reads `"<identifier> [ASC|DESC]"`. @throws SearchSyntaxError on anything else, and on the same key twice */
export function parseOrder(clauses: readonly string[], grammar: SearchGrammar): OrderKey[] {
  if (clauses.length > MOST_KEYS) throw new SearchSyntaxError(`\`order_by\` has more than ${MOST_KEYS} fields`, 0);
  const keys = clauses.map((clause) => orderKey(clause, grammar));
  const seen = new Set<string>();
  for (const { entity, key } of keys) {
    const name = `${entity}.${key}`;
    if (seen.has(name)) throw new SearchSyntaxError(`\`order_by\` contains duplicate fields: ${clauses.join(', ')}`, 0);
    seen.add(name);
  }
  return keys;
}

function orderKey(clause: string, grammar: SearchGrammar): OrderKey {
  const match = /^\s*(.+?)(?:\s+(asc|desc))?\s*$/isu.exec(clause);
  const written = match?.[1];
  if (match === null || written === undefined) throw new SearchSyntaxError(`Invalid order_by clause '${clause}'`, 0);
  const descending = match[2]?.toLowerCase() === 'desc';
  const bare = /^[`"]?([^.`"]+)[`"]?$/u.exec(written)?.[1] ?? /^(?:attributes?|attr|run)\.[`"]?([^.`"]+)[`"]?$/u.exec(written)?.[1];
  if (bare !== undefined) {
    const key = Object.hasOwn(grammar.order, bare) ? grammar.order[bare] : undefined;
    if (key !== undefined) return { entity: 'attribute', key, descending };
    throw new SearchSyntaxError(`Invalid order by key '${bare}' specified. Valid keys are: ${Object.keys(grammar.order).join(', ')}`, 0);
  }
  if (/\s/u.test(written) && !/[`"]/u.test(written)) throw new SearchSyntaxError(`Invalid order_by clause '${clause}'`, 0);
  const { entity, key } = identify(written, 0, grammar);
  if (entity === 'dataset' || entity === 'attribute') throw new SearchSyntaxError(`Invalid order by key '${written}' specified`, 0);
  return { entity, key, descending };
}
