import type { FittedModel, TrainingSet } from '../learner.ts';
import { SPARSE_SHARE } from './design.ts';
import { linearRegression } from './linear-model.ts';
import { solveSemidefinite } from './solve.ts';

/** Ordinary least squares with an intercept; of several exact minima the one of least norm (in standardised units). */
export function fitLeastSquares(training: TrainingSet): FittedModel {
  return fitPenalised(training, 0);
}

/** Ridge regression: ‖y − Xw − b‖² + alpha ‖w‖², the intercept free (Hoerl and Kennard, 1970; `alpha` as scikit-learn's). */
export function fitRidge(training: TrainingSet): FittedModel {
  return fitPenalised(training, training.params.alpha as number);
}

function fitPenalised({ features, target, onProgress }: TrainingSet, alpha: number): FittedModel {
  if (target.kind !== 'regression') throw new TypeError('least squares needs a regression target');
  const y = target.values;
  const d = features.columns.length;
  const columns = features.columns.map(describeColumn);
  const centre = average(y);
  const norms = Float64Array.from(columns, (column) => Math.sqrt(centredDot(column, column)) || 1);
  const matrix = new Float64Array(d * d);
  for (let a = 0; a < d; a++) {
    for (let b = 0; b <= a; b++) {
      const value = centredDot(columns[a]!, columns[b]!) / (norms[a]! * norms[b]!);
      matrix[a * d + b] = value;
      matrix[b * d + a] = value;
    }
    matrix[a * d + a]! += alpha / norms[a]! ** 2;
  }
  const weights = new Float64Array(d);
  let rank = 0;
  // The second round solves for the residual: it wins back most of the digits that squaring the condition number costs.
  for (let round = 0; round < 2; round++) {
    const intercept = centre - weights.reduce((sum, w, j) => sum + w * columns[j]!.mean, 0);
    const residual = y.map((value) => value - intercept);
    for (const [j, column] of features.columns.entries()) subtract(residual, column, weights[j]!);
    const rest: ColumnFacts = { values: residual, mean: 0, filled: null };
    const right = columns.map((column, j) => (centredDot(column, rest) - alpha * weights[j]!) / norms[j]!);
    const step = solveSemidefinite({ size: d, matrix, right: Float64Array.from(right) });
    rank = step.rank;
    for (let j = 0; j < d; j++) weights[j]! += step.solution[j]! / norms[j]!;
  }
  onProgress(1, 1);
  const intercept = centre - weights.reduce((sum, w, j) => sum + w * columns[j]!.mean, 0);
  const importance = weights.map((w, j) => Math.abs(w) * norms[j]!);
  return linearRegression({ features, weights, intercept, importance, extra: { rank } });
}

function average(values: Float32Array | Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return values.length === 0 ? 0 : sum / values.length;
}

interface ColumnFacts {
  readonly values: Float32Array | Float64Array;
  readonly mean: number;
  /** Rows that are not zero, where these are few, as in indicators of categories. */
  readonly filled: Int32Array | null;
}

function describeColumn(values: Float32Array): ColumnFacts {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) count++;
  const mean = average(values);
  if (count > SPARSE_SHARE * values.length) return { values, mean, filled: null };
  const filled = new Int32Array(count);
  for (let i = 0, at = 0; i < values.length; i++) if (values[i] !== 0) filled[at++] = i;
  return { values, mean, filled };
}

/** Σ (a − ā)(b − b̄). Where b is centred, centring a changes nothing, and only rows with a ≠ 0 count. */
function centredDot(a: ColumnFacts, b: ColumnFacts): number {
  if (!a.filled) return b.filled ? centredDot(b, a) : denseDot(a, b);
  let sum = 0;
  for (let e = 0; e < a.filled.length; e++) {
    const row = a.filled[e]!;
    sum += a.values[row]! * (b.values[row]! - b.mean);
  }
  return sum;
}

function denseDot({ values: a, mean: meanA }: ColumnFacts, { values: b, mean: meanB }: ColumnFacts): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - meanA) * (b[i]! - meanB);
  return sum;
}

function subtract(from: Float64Array, column: Float32Array, weight: number): void {
  if (weight === 0) return;
  for (let i = 0; i < from.length; i++) from[i]! -= weight * column[i]!;
}
