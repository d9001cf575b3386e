import type { Attribute, GraphNode } from '#onnx/model-writer.ts';
import { type TreeNodes, treeEnsembleAttributes } from '#onnx/tree-ensemble.ts';
import type { FittedModel, TensorNames } from '../learner.ts';
import { classLabels, largest, softmaxRows } from '../linear/linear-model.ts';
import type { Features } from '../preprocess/encoder.ts';
import type { Prediction } from '../table.ts';
import { toRowMajor } from './tree-builder.ts';

/** Trees whose leaves add up. */
export interface Ensemble {
  readonly trees: readonly TreeNodes[];
  /** Numbers per leaf: 1, or one per class. */
  readonly outputs: number;
  /**
   * Added to the sums; one per output. With one number per leaf and several outputs, tree t adds to output t mod `base.length`.
   * All 0 for classifiers: ONNX Runtime takes two base values as the sign of another form of model.
   */
  readonly base: Float32Array;
  readonly classes: readonly string[] | readonly number[] | null;
  /** Classifiers: whether the sums are probabilities or scores of a softmax. */
  readonly transform: 'NONE' | 'SOFTMAX';
  readonly importance: Float64Array;
  readonly extra: Readonly<Record<string, number>>;
}

/** A fitted sum of trees on encoded features. */
export function ensembleModel(ensemble: Ensemble): FittedModel {
  return {
    predict: (features) => predictEnsemble(ensemble, features),
    toNodes: (names) => ensembleNodes(ensemble, names),
    importance: ensemble.importance,
    extra: ensemble.extra,
  };
}

/** Values of the rows that all trees see before the next rows come: they stay in the processor's cache. */
const BLOCK_VALUES = 1 << 14;

/** Sums in 32 bits and in the order of trees, as ONNX Runtime does, so that labels agree even where scores tie. */
function predictEnsemble(ensemble: Ensemble, features: Features): Prediction {
  const width = ensemble.base.length;
  const sums = new Float32Array(features.rows * width);
  const matrix = toRowMajor(features);
  const stride = features.columns.length;
  const block = Math.max(16, Math.floor(BLOCK_VALUES / Math.max(1, stride)));
  for (let from = 0; from < features.rows; from += block) {
    const to = Math.min(features.rows, from + block);
    for (const [t, tree] of ensemble.trees.entries()) {
      addTree(tree, { matrix, sums, from, to, stride, width, outputs: ensemble.outputs, first: t % width });
    }
  }
  for (let i = 0; i < sums.length; i++) sums[i]! += ensemble.base[i % width]!;
  const values = Float64Array.from(sums);
  if (!ensemble.classes) return { kind: 'regression', values };
  if (isPairOfShares(ensemble)) for (let i = 0; i < values.length; i += 2) values[i] = Math.fround(1 - values[i + 1]!);
  const codes = largest(values, width);
  if (ensemble.transform === 'SOFTMAX') softmaxRows(values, width);
  return { kind: 'classification', codes, probabilities: values };
}

/**
 * Shares of two classes are exported as that of the second alone. ONNX Runtime takes this form for a probability and compares
 * it with 0.5; given both, it would compare the second with 0.
 */
function isPairOfShares({ classes, transform }: Ensemble): boolean {
  return classes?.length === 2 && transform === 'NONE';
}

function onlyValue(ensemble: Ensemble, output: number): { only?: { from: number; to: number } } {
  if (isPairOfShares(ensemble)) return { only: { from: 1, to: 0 } };
  return ensemble.outputs === 1 && ensemble.base.length > 1 ? { only: { from: 0, to: output } } : {};
}

interface Sums {
  readonly matrix: Float32Array;
  readonly sums: Float32Array;
  readonly from: number;
  readonly to: number;
  readonly stride: number;
  readonly width: number;
  readonly outputs: number;
  readonly first: number;
}

function addTree(tree: TreeNodes, { matrix, sums, from, to, stride, width, outputs, first }: Sums): void {
  const { feature, threshold, left, right, values } = tree;
  for (let i = from; i < to; i++) {
    const offset = i * stride;
    let leaf = 0;
    // As `findLeaf`, with the arrays at hand.
    for (let f = feature[0]!; f >= 0; f = feature[leaf]!) leaf = matrix[offset + f]! <= threshold[leaf]! ? left[leaf]! : right[leaf]!;
    if (outputs === 1) sums[i * width + first]! += values[leaf]!;
    else for (let k = 0; k < outputs; k++) sums[i * width + k]! += values[leaf * outputs + k]!;
  }
}

function ensembleNodes(ensemble: Ensemble, names: TensorNames): GraphNode[] {
  const { trees, outputs, base, classes, transform } = ensemble;
  const width = base.length;
  const list = trees.map((nodes, t) => ({ nodes, outputs, ...onlyValue(ensemble, t % width) }));
  if (!classes) {
    const attributes: Record<string, Attribute> = {
      ...treeEnsembleAttributes(list, 'target'),
      base_values: { floats: base },
      n_targets: { int: 1 },
      aggregate_function: { text: 'SUM' },
      post_transform: { text: 'NONE' },
    };
    return [{ op: 'TreeEnsembleRegressor', domain: 'ai.onnx.ml', inputs: [names.features], outputs: [names.variable], attributes }];
  }
  const renumber = hasIgnoredLabels(ensemble);
  const classifier: GraphNode = {
    op: 'TreeEnsembleClassifier',
    domain: 'ai.onnx.ml',
    inputs: [names.features],
    outputs: [renumber ? 'ty.code' : names.label, names.probabilities],
    attributes: {
      ...treeEnsembleAttributes(list, 'class'),
      post_transform: { text: transform },
      ...classLabels(renumber ? [0, 1] : classes, 'classlabels_int64s'),
    },
  };
  return renumber ? [classifier, relabel(names.label, classes as readonly number[])] : [classifier];
}

/** With two scores ONNX Runtime 1.30 answers 0 or 1 whatever the whole numbers that name the classes. */
function hasIgnoredLabels({ classes, transform }: Ensemble): boolean {
  if (classes?.length !== 2 || transform === 'NONE' || typeof classes[0] === 'string') return false;
  return classes[0] !== 0 || classes[1] !== 1;
}

function relabel(output: string, classes: readonly number[]): GraphNode {
  return {
    op: 'LabelEncoder',
    domain: 'ai.onnx.ml',
    inputs: ['ty.code'],
    outputs: [output],
    attributes: { keys_int64s: { ints: [0, 1] }, values_int64s: { ints: classes } },
  };
}
