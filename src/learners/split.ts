import { LearnerError } from './errors.ts';
import { createRandom, permutation } from './random.ts';
import { type Target, targetLength } from './table.ts';

/** How to draw: `stratify` keeps the shares of the classes of a classification target. */
export interface SplitOptions {
  readonly seed: number;
  readonly stratify?: boolean;
}

/** Positions of rows, shuffled. */
export interface Split {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/** Positions of rows for fitting, for choosing, and for the final word. */
export interface ThreeWaySplit extends Split {
  readonly validation: Int32Array;
}

/** Shares of the rows; what is left of 1 is for training. */
export interface Shares {
  readonly validation: number;
  readonly test: number;
}

/**
 * A test set of a share of the rows (rounded up, as scikit-learn does), the rest for training.
 *
 * @throws LearnerError PARAMETER_INVALID, ROWS_TOO_FEW where one side would be empty
 */
export function trainTestSplit(target: Target, testShare: number, options: SplitOptions): Split {
  const { train, test } = threeWaySplit(target, { validation: 0, test: testShare }, options);
  return { train, test };
}

/** Rows for training, validation and test, 70/10/20 for instance. @throws LearnerError as `trainTestSplit` */
export function threeWaySplit(target: Target, { validation, test }: Shares, options: SplitOptions): ThreeWaySplit {
  if (!(test > 0 && validation >= 0 && test + validation < 1)) {
    throw new LearnerError(
      'PARAMETER_INVALID',
      `Shares of ${validation} for validation and ${test} for test leave nothing for training or testing.`,
    );
  }
  const n = targetLength(target);
  const order = shuffled(target, options);
  const testRows = Math.ceil(n * test - 1e-9);
  const validationRows = Math.ceil(n * validation - 1e-9);
  if (n - testRows - validationRows < 1 || testRows < 1) {
    throw new LearnerError('ROWS_TOO_FEW', `${n} rows are too few to split: training and test each need at least one.`);
  }
  return {
    test: order.slice(0, testRows),
    validation: order.slice(testRows, testRows + validationRows),
    train: order.slice(testRows + validationRows),
  };
}

/**
 * Folds of a cross-validation: each row is in exactly one test set; sizes differ by one at most.
 *
 * @throws LearnerError PARAMETER_INVALID, ROWS_TOO_FEW unless 2 ≤ folds ≤ rows
 */
export function kFold(target: Target, folds: number, options: SplitOptions): Split[] {
  const n = targetLength(target);
  if (!Number.isInteger(folds) || folds < 2) throw new LearnerError('PARAMETER_INVALID', `${folds} folds; allowed: a whole number from 2.`);
  if (folds > n) throw new LearnerError('ROWS_TOO_FEW', `${n} rows are too few for ${folds} folds.`);
  const order = shuffled(target, options);
  // Dealing out an order that is stratified throughout keeps every fold stratified.
  const fold = (wanted: number, keep: boolean): Int32Array => order.filter((_, i) => (i % folds === wanted) === keep);
  return Array.from({ length: folds }, (_, k) => ({ test: fold(k, true), train: fold(k, false) }));
}

/** `kFold` that keeps the shares of the classes in every fold. */
export function stratifiedKFold(target: Target, folds: number, seed: number): Split[] {
  return kFold(target, folds, { seed, stratify: true });
}

/** A random order of the rows; stratified: every stretch of it holds the classes in their shares, to within one row of each. */
function shuffled(target: Target, { seed, stratify = false }: SplitOptions): Int32Array {
  const random = createRandom(seed);
  const order = permutation(targetLength(target), random);
  if (!stratify || target.kind === 'regression') return order;
  const counts = new Float64Array(target.classes.length);
  for (const code of target.codes) counts[code]!++;
  const starts = counts.map(() => random.next());
  const seen = new Float64Array(counts.length);
  const keys = new Float64Array(order.length);
  for (const row of order) {
    const code = target.codes[row]!;
    keys[row] = (seen[code]!++ + starts[code]!) / counts[code]!;
  }
  return order.sort((a, b) => keys[a]! - keys[b]! || a - b);
}
