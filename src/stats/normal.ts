import { upperGammaShare } from './gamma.ts';

/** Two-sided p-value of a standard normal statistic: P(|Z| > |z|) = Q(½, z²/2). NaN stays NaN. */
export function normalTwoSided(z: number): number {
  return upperGammaShare(0.5, (z * z) / 2);
}
