import { softmaxRows } from '../linear/linear-model.ts';
import type { Target } from '../table.ts';

/** Scores of all rows: one array per output of the model, each as long as there are rows. */
export type Scores = readonly Float64Array[];

/** First and second derivatives of the loss by the score of one output. */
export interface Derivatives {
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
}

/** What boosting minimises; the sum over rows of a loss of the scores. */
export interface Loss {
  /** Number of scores per row, and of trees per round. */
  readonly outputs: number;
  /** Every second derivative is 1, so that counts of rows stand for their sums. */
  readonly constantHessian: boolean;
  /** The constant scores that minimise the loss. */
  readonly baseline: Float64Array;
  /** Writes the derivatives for one output; called for output 0 first after scores have changed. */
  derive(scores: Scores, output: number, into: Derivatives): void;
}

/** Squared error, log loss of two classes on one score, or of more on as many (Friedman, 2001, algorithms 2, 5 and 6). */
export function lossFor(target: Target): Loss {
  if (target.kind === 'regression') return squaredError(target.values);
  return target.classes.length === 2 ? binaryLogLoss(target.codes) : softmaxLogLoss(target.codes, target.classes.length);
}

function squaredError(values: Float64Array): Loss {
  return {
    outputs: 1,
    constantHessian: true,
    baseline: Float64Array.of(values.reduce((sum, value) => sum + value, 0) / values.length),
    derive(scores, output, { gradient }) {
      const score = scores[output]!;
      for (let i = 0; i < gradient.length; i++) gradient[i] = score[i]! - values[i]!;
    },
  };
}

function binaryLogLoss(codes: Int32Array): Loss {
  const [zeros, ones] = classCounts(codes, 2);
  return {
    outputs: 1,
    constantHessian: false,
    baseline: Float64Array.of(Math.log(ones! / zeros!)),
    derive(scores, output, { gradient, hessian }) {
      const score = scores[output]!;
      for (let i = 0; i < gradient.length; i++) {
        const p = 1 / (1 + Math.exp(-score[i]!));
        gradient[i] = p - codes[i]!;
        hessian[i] = p * (1 - p);
      }
    },
  };
}

function softmaxLogLoss(codes: Int32Array, classes: number): Loss {
  const n = codes.length;
  const shares = new Float64Array(n * classes);
  return {
    outputs: classes,
    constantHessian: false,
    baseline: Float64Array.from(classCounts(codes, classes), (count) => Math.log(count / n)),
    derive(scores, output, { gradient, hessian }) {
      if (output === 0) {
        for (let k = 0; k < classes; k++) for (let i = 0; i < n; i++) shares[i * classes + k] = scores[k]![i]!;
        softmaxRows(shares, classes);
      }
      for (let i = 0; i < n; i++) {
        const p = shares[i * classes + output]!;
        gradient[i] = p - (codes[i] === output ? 1 : 0);
        hessian[i] = p * (1 - p);
      }
    },
  };
}

/** Rows per class; a class without rows counts as a thousandth of one, so that its logarithm exists. */
function classCounts(codes: Int32Array, classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (const code of codes) counts[code]!++;
  return counts.map((count) => Math.max(count, 1e-3));
}

/** Mean loss of the scores: half the mean squared error, or mean log loss in nats. */
export function meanLoss(target: Target, scores: Scores): number {
  const n = scores[0]!.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    if (target.kind === 'regression') sum += (scores[0]![i]! - target.values[i]!) ** 2 / 2;
    else if (scores.length === 1) sum += binaryRowLoss(scores[0]![i]!, target.codes[i]!);
    else sum += softmaxRowLoss(scores, i, target.codes[i]!);
  }
  return sum / n;
}

function binaryRowLoss(score: number, code: number): number {
  return Math.log1p(Math.exp(-Math.abs(score))) + Math.max(score, 0) - code * score;
}

function softmaxRowLoss(scores: Scores, row: number, code: number): number {
  let top = Number.NEGATIVE_INFINITY;
  for (const score of scores) top = Math.max(top, score[row]!);
  let sum = 0;
  for (const score of scores) sum += Math.exp(score[row]! - top);
  return top + Math.log(sum) - scores[code]![row]!;
}
