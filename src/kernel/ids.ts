import { randomFillSync } from 'node:crypto';

const pool = Buffer.alloc(4096);
let used = pool.length;
let lastMs = -1;
let lastTime = '';
const hex = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

/**
 * A UUID version 7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then 74 random bits, so that ids sort by time.
 * Random bytes come from a pool that is refilled every few hundred ids: a call costs well under a microsecond.
 */
export function timeOrderedId(nowMs: number): string {
  if (used + 10 > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const p = used;
  used += 10;
  if (nowMs !== lastMs) {
    lastMs = nowMs;
    lastTime = timeDigits(nowMs);
  }
  const h = (i: number): string => hex[pool[p + i] as number] as string;
  const version = hex[0x70 | ((pool[p] as number) & 0x0f)] as string;
  const variant = hex[0x80 | ((pool[p + 2] as number) & 0x3f)] as string;
  return `${lastTime}-${version}${h(1)}-${variant}${h(3)}-${h(4)}${h(5)}${h(6)}${h(7)}${h(8)}${h(9)}`;
}

/** Unix milliseconds as 8 and 4 hexadecimal digits. */
function timeDigits(nowMs: number): string {
  const high = Math.floor(nowMs / 65536);
  const low = Math.floor(nowMs) % 65536;
  return `${high.toString(16).padStart(8, '0')}-${low.toString(16).padStart(4, '0')}`;
}

/** `length` random lower-case hexadecimal digits (even length, at most 8,192), as MLflow's run and model ids are. From the same pool. */
export function randomHex(length: number): string {
  const bytes = length / 2;
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const from = used;
  used += bytes;
  return pool.toString('hex', from, used);
}
