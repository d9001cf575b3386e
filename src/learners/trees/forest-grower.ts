import type { TreeNodes } from '#onnx/tree-ensemble.ts';
import type { Features } from '../preprocess/encoder.ts';
import type { Random } from '../random.ts';
import { type BinnedFeatures, binFeatures } from './bins.ts';
import type { GrowthLimits, TreeTarget } from './growth.ts';
import { divideStably, thresholdBetween } from './order.ts';
import { type FoundSplit, type NodeRows, SplitScanner } from './split-scanner.ts';
import { TreeBuilder } from './tree-builder.ts';

/** Nodes of at most this many rows are split at exact values, larger ones at the edges of bins. */
const EXACT_ROWS = 64;

interface Segment {
  readonly node: number;
  readonly start: number;
  readonly end: number;
  readonly depth: number;
}

/** Grows the trees of a forest on weighted rows; what depends on the features alone is computed once. */
export class ForestGrower {
  readonly #features: Features;
  readonly #binned: BinnedFeatures;
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
    this.#features = features;
    this.#binned = binFeatures(features, 256);
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
      const middle = segment.start + this.#divide(segment, split);
      const left = builder.split(segment.node, split.feature, split.threshold);
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

  #findSplit(segment: Segment, random: Random): FoundSplit | null {
    const node = this.#node;
    const found = this.#tryFeatures(segment, random, node.count <= EXACT_ROWS);
    // All rows may share a bin of every feature and still differ in value.
    return found ?? (node.count > EXACT_ROWS ? this.#tryFeatures(segment, random, true) : null);
  }

  #tryFeatures({ start, end }: Segment, random: Random, exact: boolean): FoundSplit | null {
    const candidates = this.#candidates;
    const some = this.#limits.maxFeatures < candidates.length;
    const node: NodeRows = { rows: this.#rows, start, end };
    let best: FoundSplit | null = null;
    let tried = 0;
    for (let c = 0; c < candidates.length && tried < this.#limits.maxFeatures; c++) {
      if (some) {
        const other = c + random.below(candidates.length - c);
        const kept = candidates[c]!;
        candidates[c] = candidates[other]!;
        candidates[other] = kept;
      }
      const feature = candidates[c]!;
      const scan = exact
        ? this.#scanner.scanValues(node, this.#binned.ranks[feature]!)
        : this.#scanner.scanBins(node, this.#binned.bins[feature]!);
      if (!scan) continue;
      tried++;
      if (best && !(scan.gain > best.gain)) continue;
      best = { feature, gain: scan.gain, threshold: exact ? this.#between(feature, scan) : this.#edge(feature, scan) };
    }
    return best;
  }

  #between(feature: number, { low, high }: { readonly low: number; readonly high: number }): number {
    const column = this.#features.columns[feature]!;
    return thresholdBetween(column[low]!, column[high]!);
  }

  /** The middle edge between two bins with nothing in between. */
  #edge(feature: number, { low, high }: { readonly low: number; readonly high: number }): number {
    return this.#binned.edges[feature]![(low + high - 1) >> 1]!;
  }

  #divide({ start, end }: Segment, { feature, threshold }: FoundSplit): number {
    const column = this.#features.columns[feature]!;
    const rows = this.#rows;
    for (let i = start; i < end; i++) {
      const row = rows[i]!;
      this.#goesLeft[row] = column[row]! <= threshold ? 1 : 0;
    }
    return divideStably({ rows, start, end }, this.#goesLeft, this.#scratch);
  }
}
