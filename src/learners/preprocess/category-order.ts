import { type Column, OTHER_CATEGORY, type Target } from '../table.ts';

/** Rows of the overall mean that each category is given, so that rare ones stay near the middle. */
const PRIOR_ROWS = 10;

/**
 * Orders categories by what the target does within them, so that one threshold separates low from high.
 * Regression and two classes: by the smoothed mean. More classes: by the first principal component of the
 * smoothed class shares (Coppersmith, Hong and Hosking, 1999).
 *
 * @returns the categories in that order (their rank is the feature's value) and, for unseen ones, the value that puts them where rows of other categories
 * stand; in the middle where there are none
 */
export function rankByTarget(
  column: Column & { kind: 'category' },
  present: readonly string[],
  target: Target,
): { readonly categories: readonly string[]; readonly fallback: number } {
  const groups = groupRows(column, present);
  const others = present.length;
  const shares = targetShares(groups, present.length + 1, target);
  const scores = principalScores(shares);
  const order = present.map((_, i) => i).sort((a, b) => scores.values[a]! - scores.values[b]! || a - b);
  const middle = shares.counts[others]! > 0 ? scores.values[others]! : scores.middle;
  const below = order.filter((i) => scores.values[i]! < middle).length;
  return { categories: order.map((i) => present[i]!), fallback: below - 0.5 };
}

/** The last group holds the rows of categories that are not told apart. */
function groupRows(column: Column & { kind: 'category' }, present: readonly string[]): Int32Array {
  const positions = new Map(present.map((category, i) => [category, i]));
  const byCode = Int32Array.from(['', ...column.categories], (category) => positions.get(category) ?? present.length);
  return column.codes.map((code) => (code === OTHER_CATEGORY ? present.length : byCode[code + 1]!));
}

interface Shares {
  readonly width: number;
  readonly counts: Float64Array;
  /** categories × width, smoothed */
  readonly values: Float64Array;
  readonly overall: Float64Array;
}

function targetShares(groups: Int32Array, categories: number, target: Target): Shares {
  const classes = target.kind === 'classification' ? target.classes.length : 0;
  const width = classes > 2 ? classes : 1;
  const counts = new Float64Array(categories);
  const values = new Float64Array(categories * width);
  const overall = new Float64Array(width);
  for (let i = 0; i < groups.length; i++) {
    const group = groups[i]!;
    counts[group]!++;
    const slot = width > 1 && target.kind === 'classification' ? target.codes[i]! : 0;
    const add = width > 1 ? 1 : target.kind === 'regression' ? target.values[i]! : target.codes[i]!;
    values[group * width + slot]! += add;
    overall[slot]! += add;
  }
  for (let c = 0; c < width; c++) overall[c]! /= Math.max(1, groups.length);
  for (let g = 0; g < categories; g++) {
    for (let c = 0; c < width; c++) {
      values[g * width + c] = (values[g * width + c]! + PRIOR_ROWS * overall[c]!) / (counts[g]! + PRIOR_ROWS);
    }
  }
  return { width, counts, values, overall };
}

/** Projection of each category's shares on their direction of largest weighted variance, by power iteration. */
function principalScores({ width, counts, values, overall }: Shares): { values: Float64Array; middle: number } {
  if (width === 1) return { values, middle: overall[0]! };
  let direction = Float64Array.from({ length: width }, (_, c) => c + 1);
  for (let step = 0; step < 50; step++) {
    const next = new Float64Array(width);
    for (let g = 0; g < counts.length; g++) {
      let along = 0;
      for (let c = 0; c < width; c++) along += (values[g * width + c]! - overall[c]!) * direction[c]!;
      for (let c = 0; c < width; c++) next[c]! += counts[g]! * along * (values[g * width + c]! - overall[c]!);
    }
    const norm = Math.hypot(...next);
    if (norm === 0) break;
    direction = next.map((value) => value / norm);
  }
  const scores = counts.map((_, g) => direction.reduce((sum, d, c) => sum + d * (values[g * width + c]! - overall[c]!), 0));
  return { values: scores, middle: 0 };
}
