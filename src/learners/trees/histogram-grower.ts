import type { TreeNodes } from '#onnx/tree-ensemble.ts';
import type { BinnedFeatures } from './bins.ts';
import { addCounts, addHessians, type NodeSums, type SplitRules, STRIDE, scanHistogram, subtractHistogram } from './histogram.ts';
import type { Derivatives } from './losses.ts';
import { divideStably } from './order.ts';
import { TreeBuilder } from './tree-builder.ts';

/** Limits on a tree of boosting, and what its leaves are multiplied with. */
export interface HistogramLimits extends SplitRules {
  readonly maxLeaves: number;
  readonly maxDepth: number;
  readonly learningRate: number;
}

interface Candidate {
  readonly feature: number;
  readonly bin: number;
  readonly gain: number;
  readonly left: NodeSums;
}

interface Leaf extends NodeSums {
  readonly node: number;
  readonly start: number;
  readonly end: number;
  readonly depth: number;
  /** Given back to the pool when the leaf is done. */
  readonly histogram: Float64Array | null;
  readonly split: Candidate | null;
}

/**
 * Most that the score of a class is moved by in a round, before the learning rate: XGBoost's `max_delta_step`, for which its documentation names 1 to 10 where
 * classes are very unequal (Friedman, Hastie and Tibshirani, 2000, bound LogitBoost's working response likewise).
 */
const MAX_STEP = 10;
/** Smallest gain of a split, as a share of the mean square of the first gradients: gains have the unit of the target, squared. */
const MIN_GAIN = 1e-10;

/**
 * Grows trees leaf by leaf, always at the largest gain, on histograms of binned features (as LightGBM and scikit-learn's
 * HistGradientBoosting do; Ke et al., 2017). Buffers are kept from tree to tree.
 */
export class HistogramGrower {
  readonly #binned: BinnedFeatures;
  readonly #limits: HistogramLimits;
  readonly #width: 2 | 3;
  readonly #rows: Int32Array;
  readonly #scratch: Int32Array;
  readonly #goesLeft: Uint8Array;
  readonly #gradient: Float64Array;
  readonly #hessian: Float64Array;
  readonly #pool: Float64Array[] = [];
  #floor: number | undefined;
  readonly importance: Float64Array;

  constructor(binned: BinnedFeatures, limits: HistogramLimits, constantHessian: boolean) {
    this.#binned = binned;
    this.#limits = limits;
    this.#width = constantHessian ? 2 : 3;
    this.#rows = new Int32Array(binned.rows);
    this.#scratch = new Int32Array(binned.rows);
    this.#goesLeft = new Uint8Array(binned.rows);
    this.#gradient = new Float64Array(binned.rows);
    this.#hessian = new Float64Array(constantHessian ? 0 : binned.rows);
    this.importance = new Float64Array(binned.bins.length);
  }

  /**
   * Grows a tree along the negative gradient and adds its leaf values to `scores`.
   *
   * @param signs what the value of a leaf is multiplied with for each number that a leaf of the result holds
   */
  grow(derivatives: Derivatives, scores: Float64Array, signs: readonly number[]): TreeNodes {
    this.#floor ??= MIN_GAIN * (this.#width === 2 ? meanSquare(derivatives.gradient) : 1);
    const builder = new TreeBuilder(signs.length);
    const leaves = this.#growLeaves(derivatives, builder);
    for (const leaf of leaves) {
      this.#release(leaf.histogram);
      const value = this.#limits.learningRate * this.#step(leaf);
      for (const [k, sign] of signs.entries()) builder.setValue(leaf.node, k, value * sign);
      for (let i = leaf.start; i < leaf.end; i++) scores[this.#rows[i]!]! += value;
    }
    return builder.build();
  }

  /** Newton's step. Where a class is rare the second derivative is small, and the step for a few of its rows would leap over everything else. */
  #step({ gradient, hessian }: NodeSums): number {
    const step = -gradient / (hessian + this.#limits.penalty + 1e-15);
    return this.#width === 2 ? step : Math.max(-MAX_STEP, Math.min(MAX_STEP, step));
  }

  #growLeaves(derivatives: Derivatives, builder: TreeBuilder): Leaf[] {
    const leaves: Leaf[] = [this.#root(derivatives, builder)];
    while (leaves.length < this.#limits.maxLeaves) {
      let best = -1;
      for (let i = 0; i < leaves.length; i++) {
        const split = leaves[i]!.split;
        if (split && (best < 0 || split.gain > leaves[best]!.split!.gain)) best = i;
      }
      if (best < 0) break;
      const isLast = leaves.length + 1 === this.#limits.maxLeaves;
      const [left, right] = this.#divide(leaves[best]!, { derivatives, builder, isLast });
      leaves[best] = left;
      leaves.push(right);
    }
    return leaves;
  }

  #root({ gradient, hessian }: Derivatives, builder: TreeBuilder): Leaf {
    const n = this.#rows.length;
    let sum = 0;
    let curvature = this.#width === 2 ? n : 0;
    for (let i = 0; i < n; i++) {
      this.#rows[i] = i;
      sum += gradient[i]!;
    }
    this.#gradient.set(gradient);
    if (this.#width === 3) {
      this.#hessian.set(hessian);
      for (let i = 0; i < n; i++) curvature += hessian[i]!;
    }
    const range = { node: builder.add(), start: 0, end: n, depth: 0, gradient: sum, hessian: curvature, count: n };
    return this.#withSplit(range, this.#buildHistogram(0, n));
  }

  #buildHistogram(start: number, end: number): Float64Array {
    const size = this.#binned.bins.length * STRIDE * this.#width;
    const histogram = this.#pool.pop()?.fill(0) ?? new Float64Array(size);
    const node = { rows: this.#rows, start, end, gradient: this.#gradient, hessian: this.#hessian };
    if (this.#width === 2) addCounts(this.#binned.bins, node, histogram);
    else addHessians(this.#binned.bins, node, histogram);
    return histogram;
  }

  #release(histogram: Float64Array | null): void {
    if (histogram) this.#pool.push(histogram);
  }

  #canSplit({ count, depth }: { readonly count: number; readonly depth: number }): boolean {
    return count >= 2 * this.#limits.minSamplesLeaf && count >= 2 && depth < this.#limits.maxDepth;
  }

  #withSplit(leaf: Omit<Leaf, 'histogram' | 'split'>, histogram: Float64Array): Leaf {
    if (!this.#canSplit(leaf)) return { ...leaf, histogram, split: null };
    let split: Candidate | null = null;
    const { minSamplesLeaf, penalty } = this.#limits;
    const node = {
      gradient: leaf.gradient,
      hessian: leaf.hessian,
      count: leaf.count,
      minSamplesLeaf,
      penalty,
      floor: this.#floor ?? MIN_GAIN,
    };
    const { edges } = this.#binned;
    for (let feature = 0; feature < edges.length; feature++) {
      const found = scanHistogram(histogram, { feature, lastBin: edges[feature]!.length, width: this.#width }, node);
      if (!found) continue;
      // Only a clearly larger gain displaces an earlier feature, so that rounding does not choose between equal splits.
      node.floor = found.gain * (1 + 1e-10);
      split = { feature, ...found };
    }
    return { ...leaf, histogram, split };
  }

  #divide(leaf: Leaf, step: { derivatives: Derivatives; builder: TreeBuilder; isLast: boolean }): [Leaf, Leaf] {
    const { feature, bin, gain, left } = leaf.split!;
    this.importance[feature]! += gain;
    const middle = leaf.start + this.#moveRows(leaf, feature, bin);
    const node = step.builder.split(leaf.node, feature, this.#binned.edges[feature]![bin]!);
    const right = { gradient: leaf.gradient - left.gradient, hessian: leaf.hessian - left.hessian, count: leaf.count - left.count };
    const depth = leaf.depth + 1;
    const first = { node, start: leaf.start, end: middle, depth, ...left };
    const second = { node: node + 1, start: middle, end: leaf.end, depth, ...right };
    if (step.isLast || !(this.#canSplit(first) || this.#canSplit(second))) {
      this.#release(leaf.histogram);
      return [
        { ...first, histogram: null, split: null },
        { ...second, histogram: null, split: null },
      ];
    }
    const [small, large] = first.count <= second.count ? [first, second] : [second, first];
    this.#gatherDerivatives(small, step.derivatives);
    const smallHistogram = this.#buildHistogram(small.start, small.end);
    const largeHistogram = leaf.histogram!;
    subtractHistogram(largeHistogram, smallHistogram);
    const smallLeaf = this.#withSplit(small, smallHistogram);
    const largeLeaf = this.#withSplit(large, largeHistogram);
    return small === first ? [smallLeaf, largeLeaf] : [largeLeaf, smallLeaf];
  }

  #moveRows({ start, end }: Leaf, feature: number, bin: number): number {
    const bins = this.#binned.bins[feature]!;
    const rows = this.#rows;
    for (let i = start; i < end; i++) {
      const row = rows[i]!;
      this.#goesLeft[row] = bins[row]! <= bin ? 1 : 0;
    }
    return divideStably({ rows, start, end }, this.#goesLeft, this.#scratch);
  }

  /** Puts the derivatives of a node's rows side by side, to be read once per feature. */
  #gatherDerivatives({ start, end }: { readonly start: number; readonly end: number }, { gradient, hessian }: Derivatives): void {
    const rows = this.#rows;
    for (let i = start; i < end; i++) this.#gradient[i] = gradient[rows[i]!]!;
    if (this.#width === 3) for (let i = start; i < end; i++) this.#hessian[i] = hessian[rows[i]!]!;
  }
}

function meanSquare(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum / values.length;
}
