import type { TreeNodes } from '#onnx/tree-ensemble.ts';
import type { FittedModel, Params, TrainingSet } from '../learner.ts';
import type { Features } from '../preprocess/encoder.ts';
import { trainTestSplit } from '../split.ts';
import { type Target, takeTarget, targetLength } from '../table.ts';
import { binFeatures } from './bins.ts';
import { HistogramGrower } from './histogram-grower.ts';
import { lossFor, meanLoss } from './losses.ts';
import { findLeaf, toRowMajor } from './tree-builder.ts';
import { ensembleModel } from './tree-model.ts';

/**
 * Gradient boosting on histograms: squared error, logistic and softmax loss. Parameters and defaults as in scikit-learn's
 * HistGradientBoosting, early stopping on held-out rows included.
 */
export function fitBoosting({ features, target, params, seed, onProgress }: TrainingSet): FittedModel {
  const parts = holdOut(features, target, { params, seed });
  const loss = lossFor(parts.target);
  const binned = binFeatures(parts.features, params['max_bins'] as number);
  const grower = new HistogramGrower(binned, limitsFrom(params), loss.constantHessian);
  const rows = parts.features.rows;
  const derivatives = { gradient: new Float64Array(rows), hessian: new Float64Array(rows) };
  const scores = Array.from(loss.baseline, (value) => new Float64Array(rows).fill(value));
  const binary = target.kind === 'classification' && loss.outputs === 1;
  const signs = binary ? [-0.5, 0.5] : [1];
  const trees: TreeNodes[] = [];
  const rounds = params['max_iter'] as number;
  const watch = parts.held ? new StoppingWatch(parts.held, loss.baseline, params) : null;
  let round = 0;
  while (round < rounds && !watch?.isStalled()) {
    for (let output = 0; output < loss.outputs; output++) {
      loss.derive(scores, output, derivatives);
      const tree = grower.grow(derivatives, scores[output]!, signs);
      watch?.add(tree, output, signs);
      trees.push(tree);
    }
    onProgress(++round, rounds);
  }
  onProgress(rounds, rounds);
  const classes = target.kind === 'classification' ? target.classes : null;
  if (classes) for (const [output, value] of loss.baseline.entries()) addToLeaves(trees[output]!, value, signs);
  return ensembleModel({
    trees,
    outputs: signs.length,
    base: classes ? new Float32Array(classes.length) : Float32Array.from(loss.baseline),
    classes,
    transform: classes ? 'SOFTMAX' : 'NONE',
    importance: grower.importance,
    extra: { n_iterations: round, ...(watch ? { validation_loss: watch.loss } : {}) },
  });
}

/** Moves a constant score into a tree. */
function addToLeaves({ values }: TreeNodes, score: number, signs: readonly number[]): void {
  for (let i = 0; i < values.length; i++) values[i]! += score * signs[i % signs.length]!;
}

function limitsFrom(params: Params) {
  const leaves = params['max_leaf_nodes'];
  const depth = params['max_depth'];
  return {
    maxLeaves: typeof leaves === 'number' ? leaves : Number.POSITIVE_INFINITY,
    maxDepth: typeof depth === 'number' ? depth : Number.POSITIVE_INFINITY,
    minSamplesLeaf: params['min_samples_leaf'] as number,
    penalty: params['l2_regularization'] as number,
    learningRate: params['learning_rate'] as number,
  };
}

interface Part {
  readonly features: Features;
  readonly target: Target;
}

/** Rows above which `early_stopping: auto` holds some out. */
const AUTO_ROWS = 10_000;

function holdOut(
  features: Features,
  target: Target,
  { params, seed }: { params: Params; seed: number },
): Part & { readonly held: Part | null } {
  const mode = params['early_stopping'];
  const rows = targetLength(target);
  if (mode === 'off' || (mode === 'auto' && rows <= AUTO_ROWS) || rows < 2) return { features, target, held: null };
  const { train, test } = trainTestSplit(target, params['validation_fraction'] as number, { seed, stratify: true });
  return {
    features: takeFeatures(features, train),
    target: takeTarget(target, train),
    held: { features: takeFeatures(features, test), target: takeTarget(target, test) },
  };
}

function takeFeatures({ columns }: Features, rows: Int32Array): Features {
  const taken = columns.map((column) => {
    const out = new Float32Array(rows.length);
    for (let i = 0; i < out.length; i++) out[i] = column[rows[i]!]!;
    return out;
  });
  return { rows: rows.length, columns: taken };
}

/** Follows the loss on held-out rows. */
class StoppingWatch {
  readonly #target: Target;
  readonly #matrix: Float32Array;
  readonly #width: number;
  readonly #scores: Float64Array[];
  readonly #patience: number;
  readonly #tolerance: number;
  readonly #losses: number[];

  constructor(held: Part, baseline: Float64Array, params: Params) {
    this.#target = held.target;
    this.#matrix = toRowMajor(held.features);
    this.#width = held.features.columns.length;
    this.#scores = Array.from(baseline, (value) => new Float64Array(held.features.rows).fill(value));
    this.#patience = params['n_iter_no_change'] as number;
    this.#tolerance = params['tol'] as number;
    this.#losses = [meanLoss(held.target, this.#scores)];
  }

  get loss(): number {
    return this.#losses.at(-1)!;
  }

  /** Adds a tree of one output; after the last output the round's loss is noted. */
  add(tree: TreeNodes, output: number, signs: readonly number[]): void {
    const scores = this.#scores[output]!;
    const stride = signs.length;
    const last = signs.at(-1)!;
    for (let i = 0; i < scores.length; i++) {
      const leaf = findLeaf(tree, this.#matrix, i * this.#width);
      scores[i]! += tree.values[leaf * stride + stride - 1]! / last;
    }
    if (output === this.#scores.length - 1) this.#losses.push(meanLoss(this.#target, this.#scores));
  }

  /** True where none of the last rounds was better than the one before them. */
  isStalled(): boolean {
    const losses = this.#losses;
    if (losses.length <= this.#patience) return false;
    const reference = losses[losses.length - 1 - this.#patience]! - this.#tolerance;
    return losses.slice(-this.#patience).every((loss) => loss > reference);
  }
}
