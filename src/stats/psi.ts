import { chiSquareQuantile } from './chi-square.ts';

/**
 * Population stability index of `current` against `reference`: Σ (p − q) ln(p / q) over shares p of current and q of reference.
 *
 * @param reference counts per bin of the reference, length k
 * @param current counts per bin of the window, length k, same bins
 * @param floor share that stands in for an empty bin, so that the sum stays finite (0.0001 as in Evidently 0.7)
 * @returns nats, ≥ 0, symmetric in its arguments; NaN if either side holds no rows
 * @see Siddiqi, Credit Risk Scorecards (2006), ch. 10; customary bands 0.1 and 0.25
 */
export function populationStabilityIndex(reference: readonly number[], current: readonly number[], floor = 1e-4): number {
  const q = shares(reference, floor);
  const p = shares(current, floor);
  let sum = 0;
  for (let i = 0; i < q.length; i++) sum += (p[i]! - q[i]!) * Math.log(p[i]! / q[i]!);
  return sum;
}

/**
 * Value that the index stays below in 999 of 1,000 windows when nothing has changed: with B bins, n and m rows it is distributed as
 * χ²(B − 1) · (1/n + 1/m). Small samples give large indices by chance; a threshold below this value would flag noise.
 *
 * @param bins bins that hold rows on either side, B ≥ 1 (one bin cannot differ: 0)
 * @param nReference rows of the reference, n > 0
 * @param nCurrent rows of the window, m > 0
 * @see Yurdakul and Naranjo, Statistical properties of the population stability index, J. Risk Model Validation 14(4), 2020
 */
export function psiNoiseLevel(bins: number, nReference: number, nCurrent: number): number {
  if (bins <= 1) return 0;
  return chiSquareQuantile(0.999, bins - 1) * (1 / nReference + 1 / nCurrent);
}

function shares(counts: readonly number[], floor: number): number[] {
  const total = counts.reduce((a, b) => a + b, 0);
  return counts.map((c) => (c === 0 && total > 0 ? floor : c / total));
}
