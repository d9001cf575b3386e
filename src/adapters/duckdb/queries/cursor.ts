import { fail } from '../errors.ts';

/** The last prediction of a page: the next page begins behind it. */
export interface PageEnd {
  readonly timeMs: number;
  readonly partition: string;
  readonly offset: number;
}

export function encodeCursor({ timeMs, partition, offset }: PageEnd): string {
  return Buffer.from(JSON.stringify([timeMs, partition, offset])).toString('base64url');
}

/** @throws ANALYTICS_CURSOR_INVALID */
export function decodeCursor(cursor: string): PageEnd {
  const content = /^[\w-]{1,500}$/.test(cursor) ? parse(Buffer.from(cursor, 'base64url').toString()) : undefined;
  if (!Array.isArray(content) || content.length !== 3) throw fail.cursorInvalid({});
  const [timeMs, partition, offset] = content as unknown[];
  // The largest time that a JavaScript date can hold (ECMA-262 §21.4.1.1).
  const timeFits = typeof timeMs === 'number' && Math.abs(timeMs) <= 8.64e15;
  if (!timeFits || typeof partition !== 'string' || typeof offset !== 'number' || !Number.isSafeInteger(offset))
    throw fail.cursorInvalid({});
  return { timeMs, partition, offset };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
