import type { GraphNode } from '#onnx/model-writer.ts';
import type { TensorNames } from '../learner.ts';
import type { Features } from '../preprocess/encoder.ts';

/** Scores of a linear model: weights outputs × d and an intercept per output, both 32 bits. */
export interface LinearScores {
  readonly weights: Float32Array;
  readonly intercepts: Float32Array;
}

/** Size of the terms of a score, against the score, from which 32 bits no longer give five digits. */
const MOST_CANCELLATION = 30;

/** True where the terms of a training row's score cancel so far that they must be added in 64 bits. */
export function needsDouble({ rows, columns }: Features, { weights, intercepts }: LinearScores): boolean {
  const d = columns.length;
  for (const [k, intercept] of intercepts.entries()) {
    const sums = new Float64Array(rows).fill(intercept);
    const sizes = new Float64Array(rows).fill(Math.abs(intercept));
    for (const [j, column] of columns.entries()) {
      const weight = weights[k * d + j]!;
      if (weight === 0) continue;
      for (let i = 0; i < rows; i++) {
        const term = weight * column[i]!;
        sums[i]! += term;
        sizes[i]! += Math.abs(term);
      }
    }
    for (let i = 0; i < rows; i++) if (sizes[i]! > MOST_CANCELLATION * Math.max(1, Math.abs(sums[i]!))) return true;
  }
  return false;
}

/** A linear regression in 64 bits, by general operators. */
export function doubleRegression(names: TensorNames, scores: LinearScores): GraphNode[] {
  return [...scoreNodes(names.features, scores), cast('ty.scores', names.variable, FLOAT)];
}

/** A softmax regression in 64 bits, by general operators. */
export function doubleClassification(
  names: TensorNames,
  scores: LinearScores,
  classes: readonly string[] | readonly number[],
): GraphNode[] {
  const positions = { keys_int64s: { ints: [...classes.keys()] } };
  const labels =
    typeof classes[0] === 'number'
      ? { values_int64s: { ints: classes as readonly number[] } }
      : { values_strings: { texts: classes as readonly string[] } };
  return [
    ...scoreNodes(names.features, scores),
    { op: 'Softmax', inputs: ['ty.scores'], outputs: ['ty.shares'], attributes: { axis: { int: 1 } } },
    cast('ty.shares', names.probabilities, FLOAT),
    { op: 'ArgMax', inputs: ['ty.scores'], outputs: ['ty.code'], attributes: { axis: { int: 1 }, keepdims: { int: 0 } } },
    { op: 'LabelEncoder', domain: 'ai.onnx.ml', inputs: ['ty.code'], outputs: [names.label], attributes: { ...positions, ...labels } },
  ];
}

const FLOAT = 1;
const DOUBLE = 11;

function cast(from: string, to: string, type: number): GraphNode {
  return { op: 'Cast', inputs: [from], outputs: [to], attributes: { to: { int: type } } };
}

/** Nodes for `ty.scores` [N, outputs], 64 bits. */
function scoreNodes(features: string, { weights, intercepts }: LinearScores): GraphNode[] {
  const shape = [intercepts.length, weights.length / intercepts.length];
  return [
    cast(features, 'ty.features', DOUBLE),
    { op: 'Constant', inputs: [], outputs: ['ty.weights.list'], attributes: { value_floats: { floats: weights } } },
    { op: 'Constant', inputs: [], outputs: ['ty.weights.shape'], attributes: { value_ints: { ints: shape } } },
    { op: 'Constant', inputs: [], outputs: ['ty.intercepts.float'], attributes: { value_floats: { floats: intercepts } } },
    { op: 'Reshape', inputs: ['ty.weights.list', 'ty.weights.shape'], outputs: ['ty.weights.float'] },
    cast('ty.weights.float', 'ty.weights', DOUBLE),
    cast('ty.intercepts.float', 'ty.intercepts', DOUBLE),
    { op: 'Gemm', inputs: ['ty.features', 'ty.weights', 'ty.intercepts'], outputs: ['ty.scores'], attributes: { transB: { int: 1 } } },
  ];
}
