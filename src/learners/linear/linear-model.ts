import type { Attribute, GraphNode } from '#onnx/model-writer.ts';
import type { FittedModel, TensorNames } from '../learner.ts';
import type { Features } from '../preprocess/encoder.ts';
import { doubleClassification, doubleRegression, type LinearScores, needsDouble } from './double-nodes.ts';

interface LinearRegression {
  /** What it was fitted on. */
  readonly features: Features;
  readonly weights: Float64Array;
  readonly intercept: number;
  readonly importance: Float64Array;
  readonly extra: Readonly<Record<string, number>>;
}

/** A fitted linear regression on encoded features. */
export function linearRegression({ features: training, weights, intercept, importance, extra }: LinearRegression): FittedModel {
  const stored = Float32Array.from(weights);
  const offset = Math.fround(intercept);
  const scores32 = { weights: stored, intercepts: Float32Array.of(offset) };
  const isDouble = needsDouble(training, scores32);
  return {
    predict: (features) => ({ kind: 'regression', values: scores(features, stored, offset).map(Math.fround) }),
    toNodes: (names) => (isDouble ? doubleRegression(names, scores32) : [regressorNode(names, scores32)]),
    importance,
    extra,
    linear: { weights, intercepts: Float64Array.of(intercept) },
  };
}

interface LinearClassification {
  readonly features: Features;
  readonly classes: readonly string[] | readonly number[];
  /** classes × d */
  readonly weights: Float64Array;
  readonly intercepts: Float64Array;
  readonly importance: Float64Array;
  readonly extra: Readonly<Record<string, number>>;
}

/** A fitted softmax regression on encoded features; two classes also have a row of weights each. */
export function linearClassification(model: LinearClassification): FittedModel {
  const { classes, importance, extra } = model;
  const count = classes.length;
  const weights = Float32Array.from(model.weights);
  const intercepts = Float32Array.from(model.intercepts);
  const d = weights.length / count;
  const isDouble = needsDouble(model.features, { weights, intercepts });
  return {
    predict(features) {
      const byClass = Array.from({ length: count }, (_, k) => scores(features, weights.subarray(k * d, k * d + d), intercepts[k]!));
      const probabilities = new Float64Array(features.rows * count);
      // Rounded as in the exported model, so that ties are ties in both.
      const round = isDouble ? (value: number) => value : Math.fround;
      for (let i = 0; i < features.rows; i++) for (let k = 0; k < count; k++) probabilities[i * count + k] = round(byClass[k]![i]!);
      const codes = largest(probabilities, count);
      softmaxRows(probabilities, count);
      return { kind: 'classification', codes, probabilities };
    },
    toNodes: (names) =>
      isDouble ? doubleClassification(names, { weights, intercepts }, classes) : [classifierNode(names, { weights, intercepts }, classes)],
    importance,
    extra,
    linear: { weights: model.weights, intercepts: model.intercepts },
  };
}

function regressorNode(names: TensorNames, { weights, intercepts }: LinearScores): GraphNode {
  return {
    op: 'LinearRegressor',
    domain: 'ai.onnx.ml',
    inputs: [names.features],
    outputs: [names.variable],
    attributes: { coefficients: { floats: weights }, intercepts: { floats: intercepts }, targets: { int: 1 } },
  };
}

function classifierNode(names: TensorNames, { weights, intercepts }: LinearScores, classes: LinearClassification['classes']): GraphNode {
  return {
    op: 'LinearClassifier',
    domain: 'ai.onnx.ml',
    inputs: [names.features],
    outputs: [names.label, names.probabilities],
    attributes: {
      coefficients: { floats: weights },
      intercepts: { floats: intercepts },
      multi_class: { int: 1 },
      post_transform: { text: 'SOFTMAX' },
      ...classLabels(classes, 'classlabels_ints'),
    },
  };
}

/** The attribute that carries class labels; the two classifiers of ai.onnx.ml name the whole numbers differently. */
export function classLabels(
  classes: readonly string[] | readonly number[],
  intName: 'classlabels_ints' | 'classlabels_int64s',
): Record<string, Attribute> {
  return typeof classes[0] === 'number'
    ? { [intName]: { ints: classes as readonly number[] } }
    : { classlabels_strings: { texts: classes as readonly string[] } };
}

function scores(features: Features, weights: Float32Array, intercept: number): Float64Array {
  const out = new Float64Array(features.rows).fill(intercept);
  for (const [j, column] of features.columns.entries()) {
    const weight = weights[j]!;
    if (weight === 0) continue;
    for (let i = 0; i < out.length; i++) out[i]! += weight * column[i]!;
  }
  return out;
}

/** Position of the largest of each `count` values; the first of equal ones, as ONNX Runtime decides. */
export function largest(values: Float64Array, count: number): Int32Array {
  const codes = new Int32Array(values.length / count);
  for (let i = 0; i < codes.length; i++) {
    let best = 0;
    for (let k = 1; k < count; k++) if (values[i * count + k]! > values[i * count + best]!) best = k;
    codes[i] = best;
  }
  return codes;
}

/** Replaces each `count` scores by exp(s) / Σ exp(s). */
export function softmaxRows(values: Float64Array, count: number): void {
  for (let start = 0; start < values.length; start += count) {
    let top = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < count; k++) top = Math.max(top, values[start + k]!);
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const value = Math.exp(values[start + k]! - top);
      values[start + k] = value;
      sum += value;
    }
    for (let k = 0; k < count; k++) values[start + k]! /= sum;
  }
}
