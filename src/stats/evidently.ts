import { histogram, sturgesEdges } from './histogram.ts';

/** Shares per bin of both sides, same bins. */
export interface PairedShares {
  readonly reference: readonly number[];
  readonly current: readonly number[];
}

/**
 * Bins of Evidently 0.7 for psi, jensenshannon and kl_div: numbers with more than 20 distinct values in the reference go into Sturges bins over both
 * sides together, everything else gets one bin per distinct value.
 *
 * @param reference values without missing ones, at least one
 * @param current values without missing ones, at least one
 */
export function evidentlyCounts<V extends number | string>(reference: readonly V[], current: readonly V[]): PairedShares {
  const numbers = typeof reference[0] === 'number' && new Set(reference).size > 20;
  if (numbers) {
    const [a, b] = [reference as readonly number[], current as readonly number[]];
    const edges = sturgesEdges([...a, ...b]);
    return { reference: histogram(a, edges), current: histogram(b, edges) };
  }
  const places = new Map<V, number>();
  for (const value of [...reference, ...current]) if (!places.has(value)) places.set(value, places.size);
  const count = (values: readonly V[]): number[] => {
    const counts = new Array<number>(places.size).fill(0);
    for (const value of values) counts[places.get(value)!]!++;
    return counts;
  };
  return { reference: count(reference), current: count(current) };
}

/**
 * PSI as Evidently 0.7 gives it. Empty bins are filled per side with 0.0001, or with the smallest share / 10⁶ where that share is ≤ 0.0001; shares are
 * not normalised again.
 *
 * @param counts rows per bin of both sides (see `evidentlyCounts`)
 */
export function evidentlyPsi(counts: PairedShares): number {
  const q = filledShares(counts.reference);
  const p = filledShares(counts.current);
  return q.reduce((sum, share, i) => sum + (share - p[i]!) * Math.log(share / p[i]!), 0);
}

function filledShares(counts: readonly number[]): number[] {
  const total = counts.reduce((a, b) => a + b, 0);
  const shares = counts.map((c) => c / total);
  const smallest = Math.min(...shares.filter((s) => s > 0));
  const fill = smallest <= 1e-4 ? smallest / 1e6 : 1e-4;
  return shares.map((s) => (s === 0 ? fill : s));
}
