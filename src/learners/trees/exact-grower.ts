import type { TreeNodes } from '#onnx/tree-ensemble.ts';
import type { Features } from '../preprocess/encoder.ts';
import type { Random } from '../random.ts';
import type { GrowthLimits, TreeTarget } from './growth.ts';
import { divideStably, sortedOrder, thresholdBetween } from './order.ts';
import { TreeBuilder } from './tree-builder.ts';

interface Segment {
  readonly node: number;
  readonly start: number;
  readonly end: number;
  readonly depth: number;
}

interface Split {
  readonly feature: number;
  /** Rows on the left. */
  readonly count: number;
  readonly threshold: number;
  readonly gain: number;
}

/** A gain must be larger by this part to displace an earlier one, so that rounding does not choose between equal splits. */
const MARGIN = 1 + 1e-10;

/**
 * Grows one tree on exact splits: squared error for numbers, Gini impurity for classes (Breiman et al., 1984).
 * Every feature is sorted once; nodes keep a segment of each order, divided stably at each split.
 */
export class ExactGrower {
  readonly #features: Features;
  readonly #target: TreeTarget;
  readonly #limits: GrowthLimits;
  readonly #random: Random;
  readonly #orders: Int32Array[];
  readonly #goesLeft: Uint8Array;
  readonly #scratch: Int32Array;
  readonly #candidates: Int32Array;
  readonly #left: Float64Array;
  readonly #whole: Float64Array;
  readonly importance: Float64Array;

  constructor(features: Features, target: TreeTarget, growth: { readonly limits: GrowthLimits; readonly random: Random }) {
    this.#features = features;
    this.#target = target;
    this.#limits = growth.limits;
    this.#random = growth.random;
    this.#orders = features.columns.map(sortedOrder);
    this.#goesLeft = new Uint8Array(features.rows);
    this.#scratch = new Int32Array(features.rows);
    this.#candidates = Int32Array.from(features.columns.keys());
    this.#left = new Float64Array(target.classes);
    this.#whole = new Float64Array(target.classes);
    this.importance = new Float64Array(features.columns.length);
  }

  grow(): TreeNodes {
    const builder = new TreeBuilder(this.#target.classes || 1);
    const stack: Segment[] = [{ node: builder.add(), start: 0, end: this.#features.rows, depth: 0 }];
    for (let segment = stack.pop(); segment; segment = stack.pop()) {
      const pure = this.#summarise(segment, builder);
      const size = segment.end - segment.start;
      const { maxDepth, minSamplesSplit, minSamplesLeaf } = this.#limits;
      if (pure || segment.depth >= maxDepth || size < minSamplesSplit || size < 2 * minSamplesLeaf) continue;
      const split = this.#findSplit(segment);
      if (!split) continue;
      this.importance[split.feature]! += Math.max(0, split.gain);
      this.#divide(segment, split);
      const left = builder.split(segment.node, split.feature, split.threshold);
      const middle = segment.start + split.count;
      stack.push({ node: left + 1, start: middle, end: segment.end, depth: segment.depth + 1 });
      stack.push({ node: left, start: segment.start, end: middle, depth: segment.depth + 1 });
    }
    return builder.build();
  }

  /** Writes the node's mean or class shares; true where all its rows agree. */
  #summarise({ node, start, end }: Segment, builder: TreeBuilder): boolean {
    const order = this.#orders[0]!;
    const target = this.#target;
    const size = end - start;
    if (target.kind === 'numbers') {
      const values = target.values;
      const first = values[order[start]!]!;
      let sum = 0;
      let pure = true;
      for (let i = start; i < end; i++) {
        const value = values[order[i]!]!;
        sum += value;
        if (value !== first) pure = false;
      }
      builder.setValue(node, 0, (pure ? first : sum / size) + target.centre);
      return pure;
    }
    const counts = this.#whole.fill(0);
    for (let i = start; i < end; i++) counts[target.codes[order[i]!]!]!++;
    for (let k = 0; k < counts.length; k++) builder.setValue(node, k, counts[k]! / size);
    return counts.includes(size);
  }

  #findSplit(segment: Segment): Split | null {
    const candidates = this.#candidates;
    let best: Split | null = null;
    let tried = 0;
    for (let c = 0; c < candidates.length && tried < this.#limits.maxFeatures; c++) {
      if (this.#limits.maxFeatures < candidates.length) {
        const other = c + this.#random.below(candidates.length - c);
        const kept = candidates[c]!;
        candidates[c] = candidates[other]!;
        candidates[other] = kept;
      }
      const feature = candidates[c]!;
      const column = this.#features.columns[feature]!;
      const order = this.#orders[feature]!;
      if (column[order[segment.start]!] === column[order[segment.end - 1]!]) continue;
      tried++;
      const floor: number = best ? Math.max(best.gain * MARGIN, best.gain) : Number.NEGATIVE_INFINITY;
      const found = this.#target.classes === 0 ? this.#scanNumbers(segment, feature, floor) : this.#scanClasses(segment, feature, floor);
      if (found) best = found;
    }
    return best;
  }

  #scanNumbers({ start, end }: Segment, feature: number, floor: number): Split | null {
    const target = this.#target;
    if (target.kind !== 'numbers') return null;
    const values = target.values;
    const order = this.#orders[feature]!;
    const column = this.#features.columns[feature]!;
    const size = end - start;
    const minLeaf = this.#limits.minSamplesLeaf;
    let total = 0;
    for (let i = start; i < end; i++) total += values[order[i]!]!;
    const base = (total * total) / size;
    let bestScore = floor + base;
    let bestCount = 0;
    let left = 0;
    let row = order[start]!;
    let value = column[row]!;
    for (let i = start + 1; i < end; i++) {
      left += values[row]!;
      row = order[i]!;
      const next = column[row]!;
      if (next === value) continue;
      value = next;
      const count = i - start;
      if (count < minLeaf || size - count < minLeaf) continue;
      const right = total - left;
      const score = (left * left) / count + (right * right) / (size - count);
      if (score > bestScore) {
        bestScore = score;
        bestCount = count;
      }
    }
    return this.#asSplit({ feature, start, count: bestCount, gain: bestScore - base });
  }

  #scanClasses({ start, end }: Segment, feature: number, floor: number): Split | null {
    const target = this.#target;
    if (target.kind !== 'classes') return null;
    const codes = target.codes;
    const order = this.#orders[feature]!;
    const column = this.#features.columns[feature]!;
    const size = end - start;
    const minLeaf = this.#limits.minSamplesLeaf;
    const left = this.#left.fill(0);
    const whole = this.#whole;
    let rightSquares = 0;
    for (let k = 0; k < whole.length; k++) rightSquares += whole[k]! ** 2;
    const base = rightSquares / size;
    let leftSquares = 0;
    let bestScore = floor + base;
    let bestCount = 0;
    let row = order[start]!;
    let value = column[row]!;
    for (let i = start + 1; i < end; i++) {
      const code = codes[row]!;
      const before = left[code]!;
      leftSquares += 2 * before + 1;
      rightSquares -= 2 * (whole[code]! - before) - 1;
      left[code] = before + 1;
      row = order[i]!;
      const next = column[row]!;
      if (next === value) continue;
      value = next;
      const count = i - start;
      if (count < minLeaf || size - count < minLeaf) continue;
      const score = leftSquares / count + rightSquares / (size - count);
      if (score > bestScore) {
        bestScore = score;
        bestCount = count;
      }
    }
    return this.#asSplit({ feature, start, count: bestCount, gain: bestScore - base });
  }

  #asSplit({ feature, start, count, gain }: { feature: number; start: number; count: number; gain: number }): Split | null {
    if (count === 0) return null;
    const order = this.#orders[feature]!;
    const column = this.#features.columns[feature]!;
    const at = start + count;
    return { feature, count, gain, threshold: thresholdBetween(column[order[at - 1]!]!, column[order[at]!]!) };
  }

  /** Divides every order of the segment; the one that was split on already has its left rows first. */
  #divide({ start, end }: Segment, { feature, count }: Split): void {
    const goesLeft = this.#goesLeft;
    const chosen = this.#orders[feature]!;
    for (let i = start; i < end; i++) goesLeft[chosen[i]!] = i < start + count ? 1 : 0;
    for (let f = 0; f < this.#orders.length; f++)
      if (f !== feature) divideStably({ rows: this.#orders[f]!, start, end }, goesLeft, this.#scratch);
  }
}
