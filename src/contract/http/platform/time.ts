import { z } from 'zod';

const RFC_3339 = /^\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})?)?$/u;
const RELATIVE = /^-?(\d+)(s|m|h|d)$/u;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Years 1 to 9999: what RFC 3339 can write, and every store can hold. */
const EARLIEST_MS = Date.parse('0001-01-01T00:00:00Z');
const LATEST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * A point in time as callers write it: RFC 3339 (`2026-01-31T12:00:00Z`; a bare date is midnight UTC), milliseconds since the epoch, or an age such as `15m`,
 * `24h`, `7d`.
 *
 * @param nowMs what ages count from
 * @returns milliseconds since the epoch; undefined if the text is none of these
 */
export function parseTime(text: string, nowMs: number): number | undefined {
  const ms = timeOf(text, nowMs);
  return ms === undefined || ms < EARLIEST_MS || ms > LATEST_MS ? undefined : ms;
}

function timeOf(text: string, nowMs: number): number | undefined {
  if (/^\d{11,14}$/u.test(text)) return Number(text);
  const relative = RELATIVE.exec(text);
  if (relative) return nowMs - Number(relative[1]) * UNIT_MS[relative[2] as string]!;
  if (!RFC_3339.test(text)) return undefined;
  const hasZone = /([Zz]|[+-]\d{2}:\d{2})$/u.test(text) || text.length === 10;
  const ms = Date.parse(hasZone ? text : `${text}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** A time in a query; ages count from the moment of parsing. Parses to milliseconds since the epoch. */
export const QueryTime = z.union([z.string(), z.number()]).transform((given, context) => {
  // A plus sign in an unescaped query stands for a space.
  const text = String(given).replace(/ (\d{2}:\d{2})$/u, '+$1');
  const ms = parseTime(text, Date.now());
  if (ms !== undefined) return ms;
  context.addIssue({
    code: 'custom',
    message: `'${text}' is not a time: use RFC 3339 such as 2026-01-31T12:00:00Z, or an age such as 15m, 24h, 7d`,
  });
  return z.NEVER;
});
