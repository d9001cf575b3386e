/**
 * Positions of `values` in ascending order; equal values keep their order. Radix sort on the bits of the floats, linear time.
 *
 * @param values without NaN; −0 counts as 0
 */
export function sortedOrder(values: Float32Array): Int32Array {
  const n = values.length;
  const keys = sortableBits(values);
  let order = new Int32Array(n);
  let next = new Int32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  for (let shift = 0; shift < 32; shift += 11) {
    const counts = new Int32Array(2049);
    for (let i = 0; i < n; i++) counts[((keys[i]! >>> shift) & 2047) + 1]!++;
    if (counts.includes(n, 1)) continue;
    for (let b = 0; b < 2048; b++) counts[b + 1]! += counts[b]!;
    for (let i = 0; i < n; i++) {
      const row = order[i]!;
      next[counts[(keys[row]! >>> shift) & 2047]!++] = row;
    }
    [order, next] = [next, order];
  }
  return order;
}

/** Unsigned integers that compare as the floats do. */
function sortableBits(values: Float32Array): Uint32Array {
  const plain = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) plain[i] = values[i]! + 0;
  const keys = new Uint32Array(plain.buffer);
  for (let i = 0; i < keys.length; i++) {
    const bits = keys[i]!;
    keys[i] = bits >>> 31 === 1 ? ~bits : bits | 0x8000_0000;
  }
  return keys;
}

/**
 * A 32-bit threshold between two neighbouring values `low` < `high`: low ≤ t < high, so that `x ≤ t` in 32 bits
 * separates them in the learner and in the exported model alike.
 */
export function thresholdBetween(low: number, high: number): number {
  const middle = Math.fround((low + high) / 2);
  return middle < high ? middle : low;
}

/** A stretch of a list of row numbers. */
export interface RowRange {
  readonly rows: Int32Array;
  readonly start: number;
  readonly end: number;
}

/**
 * Moves the rows of a range that are flagged with 1 to its front; both parts keep their order.
 *
 * @param flags by row number
 * @param scratch at least as long as the range
 * @returns how many rows were flagged
 */
export function divideStably({ rows, start, end }: RowRange, flags: Uint8Array, scratch: Int32Array): number {
  let left = start;
  let right = 0;
  for (let i = start; i < end; i++) {
    const row = rows[i]!;
    const flag = flags[row]!;
    // Both are written and only one counts: cheaper than a branch that cannot be predicted.
    rows[left] = row;
    scratch[right] = row;
    left += flag;
    right += 1 - flag;
  }
  for (let i = 0; i < right; i++) rows[left + i] = scratch[i]!;
  return left - start;
}

/** The distinct values of a column in ascending order, and for each row the position of its value among them. */
export interface RankedValues {
  readonly distinct: Float32Array;
  readonly ranks: Int32Array;
}

/** Ranks a column; equal values share a rank. */
export function rankValues(values: Float32Array): RankedValues {
  const order = sortedOrder(values);
  const distinct = new Float32Array(values.length);
  const ranks = new Int32Array(values.length);
  let count = 0;
  for (let i = 0; i < order.length; i++) {
    const row = order[i]!;
    const value = values[row]!;
    if (count === 0 || value !== distinct[count - 1]) distinct[count++] = value;
    ranks[row] = count - 1;
  }
  return { distinct: distinct.slice(0, count), ranks };
}
