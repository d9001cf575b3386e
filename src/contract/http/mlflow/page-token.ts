/** Where a page of a search ends: the place in its order after which the next page begins. */
export interface PagePlace {
  /** Which part of the order the place is in (a search may list what has the key first and what lacks it last). */
  readonly phase: number;
  /** The last row's values of every term of the order. */
  readonly after: readonly (string | number | null)[];
}

/** Writes a place as an opaque token. @param query whatever the token may only be used with; another query with it is refused */
export function writePageToken(place: PagePlace, query: string): string {
  return base64(JSON.stringify([fingerprint(query), place.phase, ...place.after.map(packed)]));
}

/** Reads a token. Gives undefined when it was not written here or not for this query. */
export function readPageToken(token: string, query: string): PagePlace | undefined {
  let parts: unknown;
  try {
    parts = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(atob(token), (c) => c.charCodeAt(0))));
  } catch {
    return undefined;
  }
  if (!Array.isArray(parts)) return undefined;
  const [mark, phase, ...after] = parts as unknown[];
  if (mark !== fingerprint(query) || !Number.isInteger(phase) || (phase as number) < 0 || (phase as number) > 2) return undefined;
  const values = after.map(unpacked);
  return values.includes(undefined) ? undefined : { phase: phase as number, after: values as (string | number | null)[] };
}

/** JSON has no infinities: they travel as `[1]` and `[-1]`. */
function packed(value: string | number | null): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? [Math.sign(value)] : value;
}

function unpacked(value: unknown): string | number | null | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  if (!Array.isArray(value) || value.length !== 1) return undefined;
  return value[0] === 1 ? Number.POSITIVE_INFINITY : value[0] === -1 ? Number.NEGATIVE_INFINITY : undefined;
}

function base64(value: string): string {
  return btoa(Array.from(new TextEncoder().encode(value), (byte) => String.fromCharCode(byte)).join(''));
}

/** 32-bit FNV-1a (Fowler, Noll, Vo): it tells honest mistakes apart, it keeps no secret. */
function fingerprint(value: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < value.length; i++) hash = Math.imul(hash ^ value.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
