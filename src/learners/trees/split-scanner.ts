/** The rows of a node: positions `start` ≤ i < `end` of `rows`. */
export interface NodeRows {
  readonly rows: Int32Array;
  readonly start: number;
  readonly end: number;
}

/** The best split of one feature: rows whose value has a rank ≤ `cut` go left. */
export interface Scan {
  readonly gain: number;
  readonly cut: number;
}

/** Weights and targets of a node's rows, in the order of the rows: `sums` = weight × number, or `codes` of classes. */
export interface NodeTargets {
  readonly count: number;
  readonly weight: number;
  readonly weights: Float64Array;
  readonly sums: Float64Array;
  readonly codes: Int32Array;
}

/** Ranks from `low` on in ranges of 2^shift. */
interface Ranges {
  readonly ranks: Int32Array;
  readonly low: number;
  readonly shift: number;
  readonly binCount: number;
}

interface BinSplit {
  readonly bin: number;
  readonly gain: number;
}

/** Low bits of a sort key that tell the row within the node. */
const LOCAL_BITS = 6;
const LOCAL_MASK = (1 << LOCAL_BITS) - 1;

/**
 * Finds the best split of one node by one feature: largest Σ over sides of (Σ w y)² / Σ w, which is least squared error;
 * with class indicators for y, least Gini impurity. Both sides keep `minWeight`.
 */
export class SplitScanner {
  readonly #classes: number;
  readonly #minWeight: number;
  readonly #bins: Float64Array;
  readonly #binWeights = new Float64Array(256);
  readonly #keys = new Int32Array(1 << LOCAL_BITS);
  readonly #left: Float64Array;
  /** Σ w y of the node: one number, or one per class. */
  readonly totals: Float64Array;
  #node: NodeTargets = { count: 0, weight: 0, weights: new Float64Array(0), sums: new Float64Array(0), codes: new Int32Array(0) };

  constructor(classes: number, minWeight: number) {
    this.#classes = classes;
    this.#minWeight = minWeight;
    this.#bins = new Float64Array(256 * (classes || 1));
    this.#left = new Float64Array(classes || 1);
    this.totals = new Float64Array(classes || 1);
  }

  /** Makes `node` the one that the scans are about. */
  enter(node: NodeTargets): void {
    this.#node = node;
    const totals = this.totals.fill(0);
    if (this.#classes > 0) for (let i = 0; i < node.count; i++) totals[node.codes[i]!]! += node.weights[i]!;
    else {
      let sum = 0;
      for (let i = 0; i < node.count; i++) sum += node.sums[i]!;
      totals[0] = sum;
    }
  }

  /**
   * The best split by one feature, given the rank of every row's value; null where all are equal or a side would be too small.
   * Small nodes are split at exact values, larger ones between 128 to 256 equal ranges of the ranks that occur in the node.
   */
  scan(node: NodeRows, ranks: Int32Array): Scan | null {
    return node.end - node.start > this.#keys.length ? this.#scanRanges(node, ranks) : this.#scanValues(node, ranks);
  }

  #scanRanges(node: NodeRows, ranks: Int32Array): Scan | null {
    const { rows, start, end } = node;
    let low = ranks[rows[start]!]!;
    let high = low;
    for (let i = start + 1; i < end; i++) {
      const rank = ranks[rows[i]!]!;
      if (rank < low) low = rank;
      if (rank > high) high = rank;
    }
    if (low === high) return null;
    let shift = 0;
    while ((high - low) >> shift > 255) shift++;
    const binCount = ((high - low) >> shift) + 1;
    this.#binWeights.fill(0, 0, binCount);
    this.#bins.fill(0, 0, binCount * this.totals.length);
    const ranges = { ranks, low, shift, binCount };
    const found = this.#classes > 0 ? this.#scanClassBins(node, ranges) : this.#scanNumberBins(node, ranges);
    return found.bin < 0 ? null : { gain: found.gain, cut: low + ((found.bin + 1) << shift) - 1 };
  }

  #scanNumberBins({ rows, start, end }: NodeRows, { ranks, low, shift, binCount }: Ranges): BinSplit {
    const { weights, sums, weight } = this.#node;
    const binSums = this.#bins;
    const binWeights = this.#binWeights;
    for (let i = start; i < end; i++) {
      const bin = (ranks[rows[i]!]! - low) >> shift;
      binSums[bin]! += sums[i - start]!;
      binWeights[bin]! += weights[i - start]!;
    }
    const total = this.totals[0]!;
    const highest = weight - this.#minWeight;
    let best = Number.NEGATIVE_INFINITY;
    let bestBin = -1;
    let left = 0;
    let leftWeight = 0;
    for (let bin = 0; bin < binCount - 1; bin++) {
      const here = binWeights[bin]!;
      if (here === 0) continue;
      left += binSums[bin]!;
      leftWeight += here;
      if (leftWeight > highest || leftWeight === weight) break;
      if (leftWeight < this.#minWeight) continue;
      const right = total - left;
      const score = (left * left) / leftWeight + (right * right) / (weight - leftWeight);
      if (score > best) {
        best = score;
        bestBin = bin;
      }
    }
    return { bin: bestBin, gain: best - (total * total) / weight };
  }

  #scanClassBins({ rows, start, end }: NodeRows, { ranks, low, shift, binCount }: Ranges): BinSplit {
    const { weights, codes, weight } = this.#node;
    const classes = this.#classes;
    const counts = this.#bins;
    const binWeights = this.#binWeights;
    for (let i = start; i < end; i++) {
      const bin = (ranks[rows[i]!]! - low) >> shift;
      counts[bin * classes + codes[i - start]!]! += weights[i - start]!;
      binWeights[bin]! += weights[i - start]!;
    }
    const left = this.#left.fill(0);
    const highest = weight - this.#minWeight;
    let best = Number.NEGATIVE_INFINITY;
    let bestBin = -1;
    let leftWeight = 0;
    for (let bin = 0; bin < binCount - 1; bin++) {
      if (binWeights[bin] === 0) continue;
      leftWeight += binWeights[bin]!;
      if (leftWeight > highest || leftWeight === weight) break;
      let leftSquares = 0;
      let rightSquares = 0;
      for (let k = 0; k < classes; k++) {
        const count = left[k]! + counts[bin * classes + k]!;
        left[k] = count;
        leftSquares += count * count;
        rightSquares += (this.totals[k]! - count) ** 2;
      }
      if (leftWeight < this.#minWeight) continue;
      const score = leftSquares / leftWeight + rightSquares / (weight - leftWeight);
      if (score > best) {
        best = score;
        bestBin = bin;
      }
    }
    return { bin: bestBin, gain: best - this.#baseline() };
  }

  #baseline(): number {
    return this.totals.reduce((sum, total) => sum + total * total, 0) / this.#node.weight;
  }

  #scanValues({ rows, start, end }: NodeRows, ranks: Int32Array): Scan | null {
    const count = end - start;
    const keys = this.#keys;
    for (let i = 0; i < count; i++) {
      const key = (ranks[rows[start + i]!]! << LOCAL_BITS) | i;
      let at = i;
      while (at > 0 && keys[at - 1]! > key) {
        keys[at] = keys[at - 1]!;
        at--;
      }
      keys[at] = key;
    }
    if (keys[0]! >> LOCAL_BITS === keys[count - 1]! >> LOCAL_BITS) return null;
    const found = this.#classes > 0 ? this.#scanClasses(keys, count) : this.#scanNumbers(keys, count);
    return found && { gain: found.gain, cut: keys[found.at - 1]! >> LOCAL_BITS };
  }

  #scanNumbers(keys: Int32Array, count: number): { gain: number; at: number } | null {
    const { weights, sums, weight } = this.#node;
    const total = this.totals[0]!;
    const highest = weight - this.#minWeight;
    let best = Number.NEGATIVE_INFINITY;
    let bestAt = 0;
    let left = 0;
    let leftWeight = 0;
    let key = keys[0]!;
    for (let i = 1; i < count; i++) {
      const local = key & LOCAL_MASK;
      left += sums[local]!;
      leftWeight += weights[local]!;
      const next = keys[i]!;
      const same = (key ^ next) <= LOCAL_MASK;
      key = next;
      if (same || leftWeight < this.#minWeight) continue;
      if (leftWeight > highest) break;
      const right = total - left;
      const score = (left * left) / leftWeight + (right * right) / (weight - leftWeight);
      if (score > best) {
        best = score;
        bestAt = i;
      }
    }
    return bestAt === 0 ? null : { gain: best - (total * total) / weight, at: bestAt };
  }

  #scanClasses(keys: Int32Array, count: number): { gain: number; at: number } | null {
    const { weights, codes, weight } = this.#node;
    const left = this.#left.fill(0);
    const highest = weight - this.#minWeight;
    let leftSquares = 0;
    let rightSquares = this.#baseline() * weight;
    let best = Number.NEGATIVE_INFINITY;
    let bestAt = 0;
    let leftWeight = 0;
    let key = keys[0]!;
    for (let i = 1; i < count; i++) {
      const local = key & LOCAL_MASK;
      const code = codes[local]!;
      const w = weights[local]!;
      const before = left[code]!;
      leftSquares += w * (2 * before + w);
      rightSquares -= w * (2 * (this.totals[code]! - before) - w);
      left[code] = before + w;
      leftWeight += w;
      const next = keys[i]!;
      const same = (key ^ next) <= LOCAL_MASK;
      key = next;
      if (same || leftWeight < this.#minWeight) continue;
      if (leftWeight > highest) break;
      const score = leftSquares / leftWeight + rightSquares / (weight - leftWeight);
      if (score > best) {
        best = score;
        bestAt = i;
      }
    }
    return bestAt === 0 ? null : { gain: best - this.#baseline(), at: bestAt };
  }
}
