import type { TreeNodes } from '#onnx/tree-ensemble.ts';
import type { FittedModel, TrainingSet } from '../learner.ts';
import { createRandom, type Random } from '../random.ts';
import { ForestGrower } from './forest-grower.ts';
import { growthLimits, type TreeTarget, treeTarget } from './growth.ts';
import { findLeaf, toRowMajor } from './tree-builder.ts';
import { ensembleModel } from './tree-model.ts';

/**
 * A random forest: trees on bootstrap samples, averaged (Breiman, 2001). `extra.oob_score` is the accuracy or R² on the rows
 * that a tree did not see.
 */
export function fitForest({ features, target, params, seed, onProgress }: TrainingSet): FittedModel {
  const count = params['n_estimators'] as number;
  const bootstrap = params['bootstrap'] as boolean;
  const random = createRandom(seed);
  const growing = treeTarget(target);
  const grower = new ForestGrower(features, growing, growthLimits(params, features.columns.length, target.kind));
  const outOfBag = new OutOfBag(growing, { matrix: toRowMajor(features), rows: features.rows, width: features.columns.length }, count);
  const weights = new Uint16Array(features.rows).fill(1);
  const trees: TreeNodes[] = [];
  for (let t = 0; t < count; t++) {
    if (bootstrap) draw(weights, random);
    const tree = grower.grow(weights, { share: 1 / count, random });
    if (bootstrap) outOfBag.add(tree, weights);
    trees.push(tree);
    onProgress(t + 1, count);
  }
  const classes = target.kind === 'classification' ? target.classes : null;
  const outputs = classes?.length ?? 1;
  const base = new Float32Array(outputs);
  if (growing.kind === 'numbers') base[0] = growing.centre;
  const nodes = trees.reduce((sum, tree) => sum + tree.feature.length, 0);
  const score = bootstrap ? outOfBag.score() : Number.NaN;
  return ensembleModel({
    trees,
    outputs,
    base,
    classes,
    transform: 'NONE',
    importance: grower.importance,
    extra: { nodes, ...(Number.isNaN(score) ? {} : { oob_score: score }) },
  });
}

/** As many draws with replacement as there are rows. */
function draw(weights: Uint16Array, random: Random): void {
  weights.fill(0);
  for (let i = 0; i < weights.length; i++) weights[random.below(weights.length)]!++;
}

interface Matrix {
  readonly matrix: Float32Array;
  readonly rows: number;
  readonly width: number;
}

/** Adds up, per row, what the trees say that did not see it. */
class OutOfBag {
  readonly #target: TreeTarget;
  readonly #matrix: Matrix;
  readonly #sums: Float64Array;
  readonly #votes: Int32Array;
  readonly #outputs: number;
  readonly #trees: number;

  /** @param trees of the whole forest: a leaf holds that part of what its tree says */
  constructor(target: TreeTarget, matrix: Matrix, trees: number) {
    this.#trees = trees;
    this.#target = target;
    this.#matrix = matrix;
    this.#outputs = target.classes || 1;
    this.#sums = new Float64Array(matrix.rows * this.#outputs);
    this.#votes = new Int32Array(matrix.rows);
  }

  add(tree: TreeNodes, weights: Uint16Array): void {
    const { matrix, width, rows } = this.#matrix;
    const outputs = this.#outputs;
    for (let i = 0; i < rows; i++) {
      if (weights[i]! > 0) continue;
      const leaf = findLeaf(tree, matrix, i * width);
      this.#votes[i]!++;
      for (let k = 0; k < outputs; k++) this.#sums[i * outputs + k]! += tree.values[leaf * outputs + k]!;
    }
  }

  /** Accuracy or R² over the rows with a vote; NaN where that is undefined. */
  score(): number {
    return this.#target.kind === 'numbers' ? this.#determination(this.#target.values) : this.#accuracy(this.#target.codes);
  }

  #accuracy(codes: Int32Array): number {
    const outputs = this.#outputs;
    let hits = 0;
    let voted = 0;
    for (let i = 0; i < codes.length; i++) {
      if (this.#votes[i] === 0) continue;
      voted++;
      let best = 0;
      for (let k = 1; k < outputs; k++) if (this.#sums[i * outputs + k]! > this.#sums[i * outputs + best]!) best = k;
      if (best === codes[i]) hits++;
    }
    return hits / voted;
  }

  #determination(values: Float64Array): number {
    let sum = 0;
    let squares = 0;
    let residual = 0;
    let voted = 0;
    for (let i = 0; i < values.length; i++) {
      if (this.#votes[i] === 0) continue;
      voted++;
      sum += values[i]!;
      squares += values[i]! ** 2;
      residual += (values[i]! - (this.#sums[i]! * this.#trees) / this.#votes[i]!) ** 2;
    }
    const spread = squares - (sum * sum) / voted;
    return spread > 0 ? 1 - residual / spread : Number.NaN;
  }
}
