import type { Features } from '../preprocess/encoder.ts';
import { sortedOrder, thresholdBetween } from './order.ts';

/** Features as numbers of bins: bin b of a feature holds the rows with edges[b − 1] < x ≤ edges[b]. */
export interface BinnedFeatures {
  readonly rows: number;
  readonly bins: readonly Uint8Array[];
  /** Per feature one edge less than it has bins, 32 bits. */
  readonly edges: readonly Float32Array[];
}

/**
 * Cuts every feature into at most `maxBins` ≤ 256 bins: one per distinct value where these are few enough, else at equal
 * counts of rows.
 */
export function binFeatures({ rows, columns }: Features, maxBins: number): BinnedFeatures {
  const parts = columns.map((column) => binColumn(column, maxBins));
  return {
    rows,
    bins: parts.map((part) => part.bins),
    edges: parts.map((part) => part.edges),
  };
}

function binColumn(values: Float32Array, maxBins: number): { bins: Uint8Array; edges: Float32Array } {
  const n = values.length;
  const order = sortedOrder(values);
  const starts: number[] = [];
  for (let i = 0; i < n; i++) {
    if (i === 0 || values[order[i]!] !== values[order[i - 1]!]) starts.push(i);
  }
  const cuts = starts.length <= maxBins ? starts.slice(1) : equalCounts(starts, n, maxBins);
  const edges = Float32Array.from(cuts, (at) => thresholdBetween(values[order[at - 1]!]!, values[order[at]!]!));
  const bins = new Uint8Array(n);
  let bin = 0;
  for (let i = 0; i < n; i++) {
    if (i === cuts[bin]) bin++;
    bins[order[i]!] = bin;
  }
  return { bins, edges };
}

/** Positions in sorted order where bins begin: the first new value at or after each quantile. */
function equalCounts(starts: readonly number[], n: number, maxBins: number): number[] {
  const cuts: number[] = [];
  let next = 1;
  for (let k = 1; k < maxBins && next < starts.length; k++) {
    const wanted = (k * n) / maxBins;
    while (next < starts.length && starts[next]! < wanted) next++;
    if (next < starts.length) cuts.push(starts[next++]!);
  }
  return cuts;
}
