/** Rows of a node, with the derivatives of the loss in the same order. */
export interface HistogramRows {
  readonly rows: Int32Array;
  readonly start: number;
  readonly end: number;
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
}

/** Bins per feature in a histogram, whatever the feature uses. */
export const STRIDE = 256;

/**
 * Adds gradients and counts of rows per bin: `into` holds a pair (Σ g, n) per bin and feature. For losses whose second
 * derivative is 1.
 */
export function addCounts(bins: readonly Uint8Array[], node: HistogramRows, into: Float64Array): void {
  const { rows, start, end, gradient } = node;
  for (let f = 0; f < bins.length; f++) {
    const column = bins[f]!;
    const base = f * STRIDE;
    for (let i = start; i < end; i++) {
      const at = (base + column[rows[i]!]!) << 1;
      into[at]! += gradient[i]!;
      into[at + 1]! += 1;
    }
  }
}

/** Adds gradients, second derivatives and counts of rows per bin: `into` holds (Σ g, Σ h, n) per bin and feature. */
export function addHessians(bins: readonly Uint8Array[], node: HistogramRows, into: Float64Array): void {
  const { rows, start, end, gradient, hessian } = node;
  for (let f = 0; f < bins.length; f++) {
    const column = bins[f]!;
    const base = f * STRIDE;
    for (let i = start; i < end; i++) {
      const at = (base + column[rows[i]!]!) * 3;
      into[at]! += gradient[i]!;
      into[at + 1]! += hessian[i]!;
      into[at + 2]! += 1;
    }
  }
}

/** Turns the histogram of a node into that of one child by taking away the other's. */
export function subtractHistogram(from: Float64Array, other: Float64Array): void {
  for (let i = 0; i < from.length; i++) from[i]! -= other[i]!;
}

/** Sums over a node. */
export interface NodeSums {
  readonly gradient: number;
  readonly hessian: number;
  readonly count: number;
}

/** What a split must keep, and λ of the penalty λ/2 Σ leaf². */
export interface SplitRules {
  readonly minSamplesLeaf: number;
  readonly penalty: number;
}

/** The best split of one feature: after `bin`, with the sums of its left side. */
export interface HistogramSplit {
  readonly bin: number;
  readonly gain: number;
  readonly left: NodeSums;
}

const MIN_HESSIAN = 1e-3;

/**
 * The split of one feature with the largest gain G_L²/(H_L+λ) + G_R²/(H_R+λ) − G²/(H+λ), if that is above `floor`
 * (Chen and Guestrin, 2016).
 *
 * @param histogram from `addCounts` (`width` 2) or `addHessians` (`width` 3)
 */
export function scanHistogram(
  histogram: Float64Array,
  { feature, lastBin, width }: { readonly feature: number; readonly lastBin: number; readonly width: 2 | 3 },
  node: NodeSums & SplitRules & { readonly floor: number },
): HistogramSplit | null {
  const { minSamplesLeaf, penalty } = node;
  const base = (node.gradient * node.gradient) / (node.hessian + penalty);
  const most = node.count - minSamplesLeaf;
  const start = feature * STRIDE * width;
  let best = node.floor + base;
  let bestBin = -1;
  let bestLeft: NodeSums | null = null;
  let gradient = 0;
  let hessian = 0;
  let count = 0;
  for (let bin = 0, at = start; bin < lastBin; bin++, at += width) {
    const here = histogram[at + width - 1]!;
    if (here === 0) continue;
    gradient += histogram[at]!;
    hessian += histogram[at + 1]!;
    count += here;
    if (count < minSamplesLeaf || hessian < MIN_HESSIAN) continue;
    const rest = node.hessian - hessian;
    if (count > most || rest < MIN_HESSIAN) break;
    const other = node.gradient - gradient;
    const score = (gradient * gradient) / (hessian + penalty) + (other * other) / (rest + penalty);
    if (score > best) {
      best = score;
      bestBin = bin;
      bestLeft = { gradient, hessian, count };
    }
  }
  return bestLeft && { bin: bestBin, gain: best - base, left: bestLeft };
}
