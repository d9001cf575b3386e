/**
 * Linear-interpolated quantile of ascending values (numpy's default, Hyndman and Fan 1996 type 7).
 *
 * @param sorted ascending, at least one value
 * @param p 0…1
 */
export function quantile(sorted: ArrayLike<number>, p: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = p * (sorted.length - 1);
  const low = Math.floor(at);
  const a = sorted[low]!;
  const b = sorted[Math.min(low + 1, sorted.length - 1)]!;
  return a + (b - a) * (at - low);
}

/** The next double above x (IEEE 754 nextUp). Infinity and NaN stay as they are. */
export function nextUp(x: number): number {
  if (!Number.isFinite(x)) return x === Number.NEGATIVE_INFINITY ? -Number.MAX_VALUE : x;
  if (x === 0) return Number.MIN_VALUE;
  const bits = new BigInt64Array(1);
  const value = new Float64Array(bits.buffer);
  value[0] = x;
  bits[0] = bits[0]! + (x > 0 ? 1n : -1n);
  return value[0];
}

/**
 * Inner edges of about `bins` bins of equal mass; bin i holds edges[i−1] ≤ v < edges[i], the outer two reach to ±∞.
 * A value that several quantiles fall on gets a bin of its own, [v, nextUp(v)): ties merge, and a constant reference gives
 * three bins (below, equal, above), so that any other value is seen as drift instead of falling into the one bin there is.
 *
 * @param sorted ascending finite values, at least one
 * @param bins bins to aim at, ≥ 2 (10 as in credit scoring)
 * @returns ascending, without repeats
 */
export function quantileEdges(sorted: ArrayLike<number>, bins = 10): number[] {
  const edges: number[] = [];
  let previous: number | undefined;
  for (let i = 1; i < bins; i++) {
    const edge = quantile(sorted, i / bins);
    if (edge === previous) {
      const own = nextUp(edge);
      if (edges.at(-1) !== own) edges.push(own);
    } else if (edges.length === 0 || edge > edges.at(-1)!) edges.push(edge);
    previous = edge;
  }
  if (edges.length === 1 && sorted[0] === sorted[sorted.length - 1]) edges.push(nextUp(edges[0]!));
  return edges;
}

/** Index of the bin that holds `value`: the number of edges ≤ value. `edges` ascending; NaN goes to bin 0, so filter it before. */
export function binOf(edges: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Rows per bin, length edges + 1; values that are not finite are left out. */
export function countIntoBins(edges: readonly number[], values: Iterable<number>): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of values) if (Number.isFinite(value)) counts[binOf(edges, value)]!++;
  return counts;
}
