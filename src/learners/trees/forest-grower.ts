import type { TreeNodes } from '#onnx/tree-ensemble.ts';
import type { Features } from '../preprocess/encoder.ts';
import type { Random } from '../random.ts';
import type { GrowthLimits, TreeTarget } from './growth.ts';
import { divideStably, type RankedValues, rankValues, thresholdBetween } from './order.ts';
import { type NodeRows, type Scan, SplitScanner } from './split-scanner.ts';
import { TreeBuilder } from './tree-builder.ts';

interface Segment {
  readonly node: number;
  readonly start: number;
  readonly end: number;
  readonly depth: number;
}

/** A gain must be larger by this part to displace an earlier one, so that rounding does not choose between equal splits. */
const MARGIN = 1 + 1e-10;

interface Split extends Scan {
  readonly feature: number;
}

/** Grows the trees of a forest on weighted rows; what depends on the features alone is computed once. */
export class ForestGrower {
  readonly #ranked: readonly RankedValues[];
  readonly #target: TreeTarget;
  readonly #limits: GrowthLimits;
  readonly #scanner: SplitScanner;
  readonly #rows: Int32Array;
  readonly #scratch: Int32Array;
  readonly #goesLeft: Uint8Array;
  readonly #candidates: Int32Array;
  readonly #node: {
    count: number;
    weight: number;
    readonly weights: Float64Array;
    readonly sums: Float64Array;
    readonly codes: Int32Array;
  };
  readonly importance: Float64Array;

  constructor(features: Features, target: TreeTarget, limits: GrowthLimits) {
    const n = features.rows;
    this.#ranked = features.columns.map(rankValues);
    this.#target = target;
    this.#limits = limits;
    this.#scanner = new SplitScanner(target.classes, limits.minSamplesLeaf);
    this.#rows = new Int32Array(n);
    this.#scratch = new Int32Array(n);
    this.#goesLeft = new Uint8Array(n);
    this.#candidates = Int32Array.from(features.columns.keys());
    this.#node = { count: 0, weight: 0, weights: new Float64Array(n), sums: new Float64Array(n), codes: new Int32Array(n) };
    this.importance = new Float64Array(features.columns.length);
  }

  /**
   * @param weights how often each row counts; rows of weight 0 take no part, and limits on rows count these weights
   * @param share what leaf values are multiplied with; numbers are relative to the target's mean
   */
  grow(weights: Uint16Array, { share, random }: { readonly share: number; readonly random: Random }): TreeNodes {
    let count = 0;
    for (let i = 0; i < weights.length; i++) if (weights[i]! > 0) this.#rows[count++] = i;
    const builder = new TreeBuilder(this.#target.classes || 1);
    const gains = new Float64Array(this.importance.length);
    const stack: Segment[] = [{ node: builder.add(), start: 0, end: count, depth: 0 }];
    for (let segment = stack.pop(); segment; segment = stack.pop()) {
      const pure = this.#gather(segment, weights);
      this.#writeLeaf(segment.node, builder, share);
      const { maxDepth, minSamplesSplit, minSamplesLeaf } = this.#limits;
      const { weight } = this.#node;
      if (pure || segment.depth >= maxDepth || weight < minSamplesSplit || weight < 2 * minSamplesLeaf) continue;
      const split = this.#findSplit(segment, random);
      if (!split) continue;
      gains[split.feature]! += Math.max(0, split.gain);
      const threshold = this.#threshold(segment, split);
      const middle = segment.start + this.#divide(segment, split);
      const left = builder.split(segment.node, split.feature, threshold);
      stack.push({ node: left + 1, start: middle, end: segment.end, depth: segment.depth + 1 });
      stack.push({ node: left, start: segment.start, end: middle, depth: segment.depth + 1 });
    }
    const total = gains.reduce((a, b) => a + b, 0);
    if (total > 0) for (let f = 0; f < gains.length; f++) this.importance[f]! += gains[f]! / total;
    return builder.build();
  }

  /** Copies weights and targets of a node's rows side by side; true where all its rows agree. */
  #gather({ start, end }: Segment, weights: Uint16Array): boolean {
    const node = this.#node;
    const rows = this.#rows;
    const target = this.#target;
    let weight = 0;
    let pure = true;
    if (target.kind === 'numbers') {
      const first = target.values[rows[start]!]!;
      for (let i = start; i < end; i++) {
        const row = rows[i]!;
        const w = weights[row]!;
        const value = target.values[row]!;
        if (value !== first) pure = false;
        weight += w;
        node.weights[i - start] = w;
        node.sums[i - start] = w * value;
      }
    } else {
      const first = target.codes[rows[start]!]!;
      for (let i = start; i < end; i++) {
        const row = rows[i]!;
        const code = target.codes[row]!;
        if (code !== first) pure = false;
        weight += weights[row]!;
        node.weights[i - start] = weights[row]!;
        node.codes[i - start] = code;
      }
    }
    node.count = end - start;
    node.weight = weight;
    this.#scanner.enter(node);
    return pure;
  }

  #writeLeaf(node: number, builder: TreeBuilder, share: number): void {
    const totals = this.#scanner.totals;
    for (let k = 0; k < totals.length; k++) builder.setValue(node, k, (totals[k]! / this.#node.weight) * share);
  }

  #findSplit({ start, end }: Segment, random: Random): Split | null {
    const candidates = this.#candidates;
    // Small nodes are often split equally well by several features; which one must be left to chance, or the trees grow alike.
    const some = this.#limits.maxFeatures < candidates.length;
    const turn = some ? 0 : random.below(candidates.length);
    const node: NodeRows = { rows: this.#rows, start, end };
    let best: Split | null = null;
    let tried = 0;
    for (let c = 0; c < candidates.length && tried < this.#limits.maxFeatures; c++) {
      if (some) {
        const other = c + random.below(candidates.length - c);
        const kept = candidates[c]!;
        candidates[c] = candidates[other]!;
        candidates[other] = kept;
      }
      const feature = candidates[(c + turn) % candidates.length]!;
      const scan = this.#scanner.scan(node, this.#ranked[feature]!.ranks);
      if (!scan) continue;
      tried++;
      if (!best || scan.gain > best.gain * MARGIN) best = { feature, ...scan };
    }
    return best;
  }

  /** Half-way between the values of the node on either side of the cut. */
  #threshold({ start, end }: Segment, { feature, cut }: Split): number {
    const { ranks, distinct } = this.#ranked[feature]!;
    let low = -1;
    let high = distinct.length;
    for (let i = start; i < end; i++) {
      const rank = ranks[this.#rows[i]!]!;
      if (rank > cut) {
        if (rank < high) high = rank;
      } else if (rank > low) low = rank;
    }
    return thresholdBetween(distinct[low]!, distinct[high]!);
  }

  #divide({ start, end }: Segment, { feature, cut }: Split): number {
    const { ranks } = this.#ranked[feature]!;
    const rows = this.#rows;
    for (let i = start; i < end; i++) {
      const row = rows[i]!;
      this.#goesLeft[row] = ranks[row]! <= cut ? 1 : 0;
    }
    return divideStably({ rows, start, end }, this.#goesLeft, this.#scratch);
  }
}
