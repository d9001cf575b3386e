import { upperGammaShare } from './gamma.ts';

/** P(X > x) for X ~ χ² with `df` degrees of freedom. @returns 0…1; NaN for df ≤ 0 or x < 0 */
export function chiSquareTail(x: number, df: number): number {
  return upperGammaShare(df / 2, x / 2);
}

/** x with P(X ≤ x) = p for X ~ χ²(df), 0 < p < 1, df > 0; by bisection to about 1e-12 relative. */
export function chiSquareQuantile(p: number, df: number): number {
  let low = 0;
  let high = Math.max(1, df);
  while (1 - chiSquareTail(high, df) < p) high *= 2;
  for (let i = 0; i < 200 && high - low > 1e-12 * high; i++) {
    const middle = (low + high) / 2;
    if (1 - chiSquareTail(middle, df) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** A test's statistic, degrees of freedom and p-value (the chance of a value at least as large when nothing differs). */
export interface ChiSquareResult {
  readonly statistic: number;
  readonly df: number;
  readonly pValue: number;
}

/**
 * Pearson's test of homogeneity on a 2 × K table of counts, bins that are empty on both sides left out, Yates' correction for 2 × 2
 * (scipy 1.17 `chi2_contingency`, hence NannyML 0.13 `chi2`).
 *
 * @param reference counts per bin, length K
 * @param current counts per bin, length K
 * @returns p = 1 and df = 0 when only one bin is used; NaN when a side is empty
 */
export function chiSquareHomogeneity(reference: readonly number[], current: readonly number[]): ChiSquareResult {
  const used = reference.map((_, i) => i).filter((i) => reference[i]! + current[i]! > 0);
  const a = used.map((i) => reference[i]!);
  const b = used.map((i) => current[i]!);
  const n = sum(a);
  const m = sum(b);
  const df = used.length - 1;
  if (n === 0 || m === 0) return { statistic: Number.NaN, df, pValue: Number.NaN };
  if (df === 0) return { statistic: 0, df, pValue: 1 };
  let statistic = 0;
  for (let i = 0; i < used.length; i++) {
    const column = a[i]! + b[i]!;
    statistic += cellTerm(a[i]!, (column * n) / (n + m), df) + cellTerm(b[i]!, (column * m) / (n + m), df);
  }
  return { statistic, df, pValue: chiSquareTail(statistic, df) };
}

/**
 * Goodness of fit with the reference taken as the truth: E = reference · m / n, χ² = Σ (O − E)² / E (Evidently 0.7 `chisquare`).
 * A category that the reference lacks gives p = 0; a constant column gives p = 1 (Evidently: NaN).
 */
export function chiSquareGoodnessOfFit(reference: readonly number[], current: readonly number[]): ChiSquareResult {
  const used = reference.map((_, i) => i).filter((i) => reference[i]! + current[i]! > 0);
  const n = sum(reference);
  const m = sum(current);
  const df = used.length - 1;
  if (n === 0 || m === 0) return { statistic: Number.NaN, df, pValue: Number.NaN };
  if (df === 0) return { statistic: 0, df, pValue: 1 };
  let statistic = 0;
  for (const i of used) {
    const expected = (reference[i]! * m) / n;
    statistic += (current[i]! - expected) ** 2 / expected;
  }
  return { statistic, df, pValue: chiSquareTail(statistic, df) };
}

function cellTerm(observed: number, expected: number, df: number): number {
  const gap = Math.abs(observed - expected);
  const corrected = df === 1 ? gap - Math.min(0.5, gap) : gap;
  return corrected ** 2 / expected;
}

function sum(values: readonly number[]): number {
  return values.reduce((x, y) => x + y, 0);
}
