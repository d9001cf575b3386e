/** Sums over labelled rows that give every figure below; they add over windows. e = predicted − actual, y = actual. */
export interface RegressionSums {
  readonly n: number;
  readonly e: number;
  readonly abs: number;
  readonly sq: number;
  readonly y: number;
  readonly yy: number;
}

/** Errors in the unit of the target (MSE: squared); `bias` > 0 means that predictions are too high. */
export interface RegressionQuality {
  readonly n: number;
  readonly rmse: number;
  readonly mse: number;
  readonly mae: number;
  readonly bias: number;
  /** 1 − Σe² / Σ(y − ȳ)²; NaN for fewer than two rows or a constant target, where it is not defined (scikit-learn 1.9: 0 or 1). */
  readonly r2: number;
}

/** RMSE, MAE, bias and R² from sums; all NaN when there are no rows. Σ(y − ȳ)² is taken as Σy² − (Σy)²/n. */
export function regressionQuality(sums: RegressionSums): RegressionQuality {
  const { n } = sums;
  const mse = sums.sq / n;
  const spread = sums.yy - (sums.y * sums.y) / n;
  const constant = n < 2 || spread <= sums.yy * 1e-14;
  return { n, rmse: Math.sqrt(mse), mse, mae: sums.abs / n, bias: sums.e / n, r2: constant ? Number.NaN : 1 - sums.sq / spread };
}

/** Sums of several windows taken together. */
export function addRegressionSums(parts: readonly RegressionSums[]): RegressionSums {
  const total = { n: 0, e: 0, abs: 0, sq: 0, y: 0, yy: 0 };
  for (const part of parts) for (const key of Object.keys(total) as (keyof RegressionSums)[]) total[key] += part[key];
  return total;
}
