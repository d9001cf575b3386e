import type { FittedModel, TrainingSet } from '../learner.ts';
import { addRow, type Design, designMatrix, rowDot } from './design.ts';
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
  const design = designMatrix(features);
  const problem: Problem = { design, codes: target.codes, outputs, penalty: 1 / ((params.C as number) * features.rows) };
  const weights = startingPoint(problem);
  const maxSteps = params.max_iter as number;
  const { steps, converged } = minimise(binary ? binaryLoss(problem) : softmaxLoss(problem), weights, {
    tolerance: params.tol as number,
    maxSteps,
    onStep: (step) => onProgress(step, maxSteps),
  });
  onProgress(maxSteps, maxSteps);
  const full = binary ? mirrored(weights) : weights;
  const rows = Array.from({ length: classes }, (_, k) => inFeatureOrder(full.subarray(k * (d + 1), (k + 1) * (d + 1)), design.order));
  const level = rows.reduce((sum, row) => sum + row[d]! / classes, 0);
  const spread = features.columns.map(deviation);
  return linearClassification({
    features,
    classes: target.classes,
    weights: Float64Array.from(rows.flatMap((row) => [...row.subarray(0, d)])),
    // Only differences count; those with sum 0 are what scikit-learn shows.
    intercepts: Float64Array.from(rows, (row) => row[d]! - level),
    importance: Float64Array.from(spread, (sd, j) => sd * rows.reduce((sum, row) => sum + Math.abs(row[j]!), 0)),
    extra: { n_iterations: steps, converged: converged ? 1 : 0 },
  });
}

interface Problem {
  readonly design: Design;
  readonly codes: Int32Array;
  readonly outputs: number;
  readonly penalty: number;
}

/** No weights, and intercepts that give the shares of the classes. */
function startingPoint({ design: { width }, codes, outputs }: Problem): Float64Array {
  const counts = new Float64Array(Math.max(2, outputs)).fill(1e-3);
  for (const code of codes) counts[code]!++;
  const start = new Float64Array(outputs * width);
  if (outputs === 1) start[width - 1] = Math.log(counts[1]! / counts[0]!);
  else for (let k = 0; k < outputs; k++) start[k * width + width - 1] = Math.log(counts[k]! / codes.length);
  return start;
}

function binaryLoss({ design, codes, penalty }: Problem): Objective {
  const scale = 1 / codes.length;
  return (w, gradient) => {
    gradient.fill(0);
    const from = { weights: w, from: 0 };
    const to = { into: gradient, from: 0, factor: 0 };
    let loss = 0;
    let product = 1;
    for (let i = 0; i < codes.length; i++) {
      const score = rowDot(design, i, from);
      const small = Math.exp(-Math.abs(score));
      const code = codes[i]!;
      // Factors lie between 1 and 2: one logarithm of a product of 512 at most stands for one of each.
      product *= 1 + small;
      if ((i & 511) === 511) {
        loss += Math.log(product);
        product = 1;
      }
      loss += Math.max(score, 0) - code * score;
      to.factor = (score >= 0 ? 1 : small) / (1 + small) - code;
      addRow(design, i, to);
    }
    return (loss + Math.log(product)) * scale + penalise({ w, gradient, width: design.width, penalty, scale });
  };
}

function softmaxLoss({ design, codes, outputs, penalty }: Problem): Objective {
  const scale = 1 / codes.length;
  const { width } = design;
  const shares = new Float64Array(outputs);
  return (w, gradient) => {
    gradient.fill(0);
    const from = { weights: w, from: 0 };
    const to = { into: gradient, from: 0, factor: 0 };
    let loss = 0;
    for (let i = 0; i < codes.length; i++) {
      const code = codes[i]!;
      let top = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < outputs; k++) {
        from.from = k * width;
        const score = rowDot(design, i, from);
        shares[k] = score;
        if (score > top) top = score;
      }
      loss += top - shares[code]!;
      let sum = 0;
      for (let k = 0; k < outputs; k++) {
        const share = Math.exp(shares[k]! - top);
        shares[k] = share;
        sum += share;
      }
      loss += Math.log(sum);
      for (let k = 0; k < outputs; k++) {
        to.from = k * width;
        to.factor = shares[k]! / sum - (k === code ? 1 : 0);
        addRow(design, i, to);
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

function inFeatureOrder(weights: Float64Array, order: Int32Array): Float64Array {
  const out = weights.slice();
  for (let j = 0; j < order.length; j++) out[order[j]!] = weights[j]!;
  return out;
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
