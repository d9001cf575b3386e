import { logGamma } from './gamma.ts';
import { normalTwoSided } from './normal.ts';

/**
 * McNemar's exact test: of the rows on which just one of two models is right, is the split further from even than chance gives?
 *
 * @param onlyFirst rows that only the first got right, ≥ 0
 * @param onlySecond rows that only the second got right, ≥ 0
 * @returns two-sided p-value from the binomial distribution (above 10,000 such rows: normal approximation with continuity correction); 1 when there are none
 * @see McNemar, Psychometrika 12 (1947)
 */
export function mcnemar(onlyFirst: number, onlySecond: number): number {
  const n = onlyFirst + onlySecond;
  if (n === 0) return 1;
  if (n > 10_000) return normalTwoSided(Math.max(0, Math.abs(onlyFirst - onlySecond) - 1) / Math.sqrt(n));
  const k = Math.min(onlyFirst, onlySecond);
  let tail = 0;
  for (let i = 0; i <= k; i++) tail += Math.exp(logGamma(n + 1) - logGamma(i + 1) - logGamma(n - i + 1) - n * Math.LN2);
  return Math.min(1, 2 * tail);
}

/**
 * Large-sample paired test that a mean difference is zero: z = d̄ / (s / √n).
 *
 * @param n pairs, ≥ 2
 * @param sum Σd
 * @param squares Σd²
 * @returns two-sided p-value; 1 when all differences are zero, NaN below two pairs
 */
export function pairedMeanTest(n: number, sum: number, squares: number): number {
  if (n < 2) return Number.NaN;
  const mean = sum / n;
  const variance = Math.max(0, (squares - n * mean * mean) / (n - 1));
  if (variance === 0) return mean === 0 ? 1 : 0;
  return normalTwoSided(mean / Math.sqrt(variance / n));
}
