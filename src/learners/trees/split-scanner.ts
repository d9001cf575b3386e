/** The rows of a node: positions `start` ≤ i < `end` of `rows`. */
export interface NodeRows {
  readonly rows: Int32Array;
  readonly start: number;
  readonly end: number;
}

/** A split of a node. */
export interface FoundSplit {
  readonly feature: number;
  readonly threshold: number;
  readonly gain: number;
}

/** The best split of one feature lies between `low` and `high`: bins, or rows with neighbouring values. */
export interface Scan {
  readonly gain: number;
  readonly low: number;
  readonly high: number;
}

/** Weights and targets of a node's rows, in the order of the rows: `sums` = weight × number, or `codes` of classes. */
export interface NodeTargets {
  readonly count: number;
  readonly weight: number;
  readonly weights: Float64Array;
  readonly sums: Float64Array;
  readonly codes: Int32Array;
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

  /** Splits between bins; null where all rows share a bin or a side would be too small. */
  scanBins(node: NodeRows, bins: Uint8Array): Scan | null {
    this.#binWeights.fill(0);
    this.#bins.fill(0);
    return this.#classes > 0 ? this.#scanClassBins(node, bins) : this.#scanNumberBins(node, bins);
  }

  #scanNumberBins({ rows, start, end }: NodeRows, bins: Uint8Array): Scan | null {
    const { weights, sums, weight } = this.#node;
    const binSums = this.#bins;
    const binWeights = this.#binWeights;
    for (let i = start; i < end; i++) {
      const bin = bins[rows[i]!]!;
      binSums[bin]! += sums[i - start]!;
      binWeights[bin]! += weights[i - start]!;
    }
    const total = this.totals[0]!;
    const highest = weight - this.#minWeight;
    let best = Number.NEGATIVE_INFINITY;
    let bestBin = -1;
    let left = 0;
    let leftWeight = 0;
    for (let bin = 0; bin < 255; bin++) {
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
    return this.#betweenBins(bestBin, best - (total * total) / weight);
  }

  #scanClassBins({ rows, start, end }: NodeRows, bins: Uint8Array): Scan | null {
    const { weights, codes, weight } = this.#node;
    const classes = this.#classes;
    const counts = this.#bins;
    const binWeights = this.#binWeights;
    for (let i = start; i < end; i++) {
      const bin = bins[rows[i]!]!;
      counts[bin * classes + codes[i - start]!]! += weights[i - start]!;
      binWeights[bin]! += weights[i - start]!;
    }
    const left = this.#left.fill(0);
    const highest = weight - this.#minWeight;
    let best = Number.NEGATIVE_INFINITY;
    let bestBin = -1;
    let leftWeight = 0;
    for (let bin = 0; bin < 255; bin++) {
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
    return this.#betweenBins(bestBin, best - this.#baseline());
  }

  #baseline(): number {
    return this.totals.reduce((sum, total) => sum + total * total, 0) / this.#node.weight;
  }

  #betweenBins(low: number, gain: number): Scan | null {
    if (low < 0) return null;
    let high = low + 1;
    while (this.#binWeights[high] === 0) high++;
    return { gain, low, high };
  }

  /** Splits between neighbouring values, told by their ranks; null where all are equal or a side would be too small. */
  scanValues({ rows, start, end }: NodeRows, ranks: Int32Array): Scan | null {
    const count = end - start;
    if (count > this.#keys.length) return this.#scanMany({ rows, start, end }, ranks);
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
    if (!found) return null;
    return {
      gain: found.gain,
      low: rows[start + (keys[found.at - 1]! & LOCAL_MASK)]!,
      high: rows[start + (keys[found.at]! & LOCAL_MASK)]!,
    };
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

  /** The rare large node whose rows share a bin of every feature: splits off at the value nearest to its middle. */
  #scanMany({ rows, start, end }: NodeRows, ranks: Int32Array): Scan | null {
    const order = Int32Array.from({ length: end - start }, (_, i) => i).sort(
      (a, b) => ranks[rows[start + a]!]! - ranks[rows[start + b]!]! || a - b,
    );
    const { weights, weight } = this.#node;
    let best: Scan | null = null;
    let balance = Number.POSITIVE_INFINITY;
    let leftWeight = 0;
    for (let i = 1; i < order.length; i++) {
      leftWeight += weights[order[i - 1]!]!;
      const low = rows[start + order[i - 1]!]!;
      const high = rows[start + order[i]!]!;
      const unbalanced = Math.abs(weight - 2 * leftWeight);
      if (ranks[low] === ranks[high] || unbalanced >= balance) continue;
      if (leftWeight < this.#minWeight || weight - leftWeight < this.#minWeight) continue;
      balance = unbalanced;
      best = { gain: 0, low, high };
    }
    return best;
  }
}
