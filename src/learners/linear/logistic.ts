import type { FittedModel, TrainingSet } from '../learner.ts';
import type { Features } from '../preprocess/encoder.ts';
import { minimise, type Objective } from './lbfgs.ts';
import { linearClassification } from './linear-model.ts';

/**
 * Logistic regression (two classes) or softmax regression with a squared penalty: mean log loss + ‖w‖² / (2 C n), intercepts
 * free. `C`, `tol` and `max_iter` as in scikit-learn's LogisticRegression with lbfgs.
 */
export function fitLogistic({ features, target, params, onProgress }: TrainingSet): FittedModel {
  if (target.kind !== 'classification') throw new TypeError('logistic regression needs a classification target');
  const classes = target.classes.length;
  const binary = classes === 2;
  const outputs = binary ? 1 : classes;
  const d = features.columns.length;
  const matrix = withOnes(features);
  const problem: Problem = { matrix, width: d + 1, codes: target.codes, outputs, penalty: 1 / ((params.C as number) * features.rows) };
  const weights = startingPoint(problem);
  const maxSteps = params.max_iter as number;
  const { steps, converged } = minimise(binary ? binaryLoss(problem) : softmaxLoss(problem), weights, {
    tolerance: params.tol as number,
    maxSteps,
    onStep: (step) => onProgress(step, maxSteps),
  });
  onProgress(maxSteps, maxSteps);
  const full = binary ? mirrored(weights) : weights;
  const rows = Array.from({ length: classes }, (_, k) => full.subarray(k * (d + 1), (k + 1) * (d + 1)));
  const spread = features.columns.map(deviation);
  return linearClassification({
    classes: target.classes,
    weights: Float64Array.from(rows.flatMap((row) => [...row.subarray(0, d)])),
    intercepts: Float64Array.from(rows, (row) => row[d]!),
    importance: Float64Array.from(spread, (sd, j) => sd * rows.reduce((sum, row) => sum + Math.abs(row[j]!), 0)),
    extra: { n_iterations: steps, converged: converged ? 1 : 0 },
  });
}

interface Problem {
  /** rows × width, the last column 1 */
  readonly matrix: Float64Array;
  readonly width: number;
  readonly codes: Int32Array;
  readonly outputs: number;
  readonly penalty: number;
}

function withOnes({ rows, columns }: Features): Float64Array {
  const width = columns.length + 1;
  const matrix = new Float64Array(rows * width).fill(1);
  for (const [j, column] of columns.entries()) for (let i = 0; i < rows; i++) matrix[i * width + j] = column[i]!;
  return matrix;
}

/** No weights, and intercepts that give the shares of the classes. */
function startingPoint({ width, codes, outputs }: Problem): Float64Array {
  const counts = new Float64Array(Math.max(2, outputs)).fill(1e-3);
  for (const code of codes) counts[code]!++;
  const start = new Float64Array(outputs * width);
  if (outputs === 1) start[width - 1] = Math.log(counts[1]! / counts[0]!);
  else for (let k = 0; k < outputs; k++) start[k * width + width - 1] = Math.log(counts[k]! / codes.length);
  return start;
}

function binaryLoss({ matrix, width, codes, penalty }: Problem): Objective {
  const scale = 1 / codes.length;
  return (w, gradient) => {
    gradient.fill(0);
    let loss = 0;
    for (let i = 0, at = 0; i < codes.length; i++, at += width) {
      let score = 0;
      for (let j = 0; j < width; j++) score += w[j]! * matrix[at + j]!;
      const small = Math.exp(-Math.abs(score));
      const code = codes[i]!;
      loss += Math.log1p(small) + Math.max(score, 0) - code * score;
      const pull = (score >= 0 ? 1 : small) / (1 + small) - code;
      for (let j = 0; j < width; j++) gradient[j]! += pull * matrix[at + j]!;
    }
    return loss * scale + penalise({ w, gradient, width, penalty, scale });
  };
}

function softmaxLoss({ matrix, width, codes, outputs, penalty }: Problem): Objective {
  const scale = 1 / codes.length;
  const scores = new Float64Array(outputs);
  return (w, gradient) => {
    gradient.fill(0);
    let loss = 0;
    for (let i = 0, at = 0; i < codes.length; i++, at += width) {
      let top = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < outputs; k++) {
        let score = 0;
        for (let j = 0, from = k * width; j < width; j++) score += w[from + j]! * matrix[at + j]!;
        scores[k] = score;
        if (score > top) top = score;
      }
      let sum = 0;
      for (let k = 0; k < outputs; k++) sum += Math.exp(scores[k]! - top);
      const log = top + Math.log(sum);
      loss += log - scores[codes[i]!]!;
      for (let k = 0; k < outputs; k++) {
        const pull = Math.exp(scores[k]! - log) - (k === codes[i] ? 1 : 0);
        for (let j = 0, from = k * width; j < width; j++) gradient[from + j]! += pull * matrix[at + j]!;
      }
    }
    return loss * scale + penalise({ w, gradient, width, penalty, scale });
  };
}

interface Penalty {
  readonly w: Float64Array;
  readonly gradient: Float64Array;
  readonly width: number;
  readonly penalty: number;
  readonly scale: number;
}

/** Scales the gradient to a mean and adds the penalty of all but intercepts; returns the penalty's value. */
function penalise({ w, gradient, width, penalty, scale }: Penalty): number {
  let squares = 0;
  for (let j = 0; j < w.length; j++) {
    gradient[j]! *= scale;
    if ((j + 1) % width === 0) continue;
    squares += w[j]! ** 2;
    gradient[j]! += penalty * w[j]!;
  }
  return (penalty * squares) / 2;
}

/** One row of weights as two of opposite sign, whose softmax is the logistic function of the original. */
function mirrored(weights: Float64Array): Float64Array {
  const out = new Float64Array(weights.length * 2);
  for (let j = 0; j < weights.length; j++) {
    out[j] = -weights[j]! / 2;
    out[weights.length + j] = weights[j]! / 2;
  }
  return out;
}

function deviation(values: Float32Array): number {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i]!;
    squares += values[i]! ** 2;
  }
  return Math.sqrt(Math.max(0, squares / values.length - (sum / values.length) ** 2));
}
