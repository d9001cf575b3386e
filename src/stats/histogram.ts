import { binOf } from './bins.ts';

/**
 * Edges of equal-width bins, outermost included, by Sturges' rule as numpy 2.4 applies it: width = range / (log2 n + 1), rounded up to whole bins.
 *
 * @param values finite, at least one
 * @returns k + 1 ascending edges; for a constant column [x − 0.5, x + 0.5]
 * @see Sturges, JASA 21 (1926)
 */
export function sturgesEdges(values: readonly number[]): number[] {
  return equalWidth(values, 1 / (Math.log2(values.length) + 1));
}

/**
 * As `sturgesEdges`, with Doane's correction for skewness g1 (biased): width = range / (1 + log2 n + log2(1 + |g1| / s)), s = √(6(n − 2) / ((n + 1)(n + 3))).
 *
 * @see Doane, The American Statistician 30 (1976); numpy 2.4 `histogram_bin_edges(x, 'doane')`, the bins of NannyML 0.13
 */
export function doaneEdges(values: readonly number[]): number[] {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const sd = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / n);
  if (n <= 2 || sd === 0) return equalWidth(values, 1);
  const g1 = values.reduce((a, b) => a + ((b - mean) / sd) ** 3, 0) / n;
  const s = Math.sqrt((6 * (n - 2)) / ((n + 1) * (n + 3)));
  return equalWidth(values, 1 / (1 + Math.log2(n) + Math.log2(1 + Math.abs(g1) / s)));
}

/**
 * Rows per bin as `numpy.histogram` counts them: edges[i] ≤ v < edges[i+1], the last bin closed, values outside left out.
 *
 * @param edges k + 1 ascending edges
 * @returns k counts
 */
export function histogram(values: Iterable<number>, edges: readonly number[]): number[] {
  const bins = edges.length - 1;
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    if (value === edges[bins]) counts[bins - 1]!++;
    else {
      const at = binOf(edges, value) - 1;
      if (at >= 0 && at < bins) counts[at]!++;
    }
  }
  return counts;
}

function equalWidth(values: readonly number[], share: number): number[] {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (min === max) return [min - 0.5, max + 0.5];
  const range = max - min;
  const bins = Math.ceil(range / (range * share));
  const step = range / bins;
  return Array.from({ length: bins + 1 }, (_, i) => (i === bins ? max : min + i * step));
}
