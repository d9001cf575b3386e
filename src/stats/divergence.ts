/**
 * Jensen–Shannon distance: √(½ KL(p‖m) + ½ KL(q‖m)) with m = (p + q) / 2, over bins counted on both sides.
 *
 * @param reference counts per bin, length k; not all zero
 * @param current counts per bin, same bins
 * @param base of the logarithm: 2 as NannyML 0.13 (0…1), Math.E as Evidently 0.7 and scipy (0…√ln 2)
 * @returns NaN if a side is empty; rounding below zero is taken as 0
 */
export function jensenShannonDistance(reference: readonly number[], current: readonly number[], base = 2): number {
  const q = shares(reference);
  const p = shares(current);
  let sum = 0;
  for (let i = 0; i < q.length; i++) {
    const m = (p[i]! + q[i]!) / 2;
    sum += term(p[i]!, m) + term(q[i]!, m);
  }
  return Math.sqrt(Math.max(0, sum / 2 / Math.log(base)));
}

/** Hellinger distance ‖√p − √q‖ / √2 over bins counted on both sides: 0…1 (NannyML 0.13). NaN if a side is empty. */
export function hellingerDistance(reference: readonly number[], current: readonly number[]): number {
  const q = shares(reference);
  const p = shares(current);
  let sum = 0;
  for (let i = 0; i < q.length; i++) sum += (Math.sqrt(p[i]!) - Math.sqrt(q[i]!)) ** 2;
  return Math.sqrt(sum / 2);
}

/** Largest difference of shares over the bins: 0…1 (NannyML 0.13 `l_infinity`). NaN if a side is empty. */
export function largestShareDifference(reference: readonly number[], current: readonly number[]): number {
  const q = shares(reference);
  const p = shares(current);
  return q.reduce((largest, share, i) => Math.max(largest, Math.abs(share - p[i]!)), 0);
}

function term(share: number, middle: number): number {
  if (share === 0) return 0;
  return share * Math.log(share / middle);
}

function shares(counts: readonly number[]): number[] {
  const total = counts.reduce((a, b) => a + b, 0);
  return counts.map((c) => c / total);
}
