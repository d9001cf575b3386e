import type { ReferenceColumn, ReferenceProfile } from '#contract/model-schema.ts';
import type { Column, Prediction, Table, Target } from '#learners/table.ts';

const BINS = 10;
const MAX_CATEGORIES = 50;

/** What a profile is drawn from: the rows that the model was fitted on and its own answers to them. */
export interface ProfileInput {
  readonly source: string;
  readonly table: Table;
  readonly target: Target;
  readonly prediction: Prediction;
}

/** Freezes the bins that monitoring counts into, and the counts of the training rows in them. */
export function referenceProfile({ source, table, target, prediction }: ProfileInput): ReferenceProfile {
  return {
    version: 1,
    source,
    rows: table.rows,
    columns: table.columns.map(profileColumn),
    prediction: profileAnswers('prediction', target, prediction),
    target: profileAnswers(target.name, target, target),
  };
}

function profileColumn(column: Column): ReferenceColumn {
  if (column.kind === 'number') return profileNumbers(column.name, column.values);
  return profileCategories(column.name, column.codes, column.categories);
}

function profileAnswers(name: string, target: Target, answers: Prediction | Target): ReferenceColumn {
  if (answers.kind === 'regression') return profileNumbers(name, answers.values);
  return profileCategories(name, answers.codes, target.kind === 'classification' ? target.classes.map(String) : []);
}

/** Numbers in quantile bins; NaN is missing. */
export function profileNumbers(name: string, values: Float64Array): ReferenceColumn {
  const sorted = values.filter((value) => Number.isFinite(value)).sort();
  const rows = values.length;
  const missing = rows - sorted.length;
  const edges = quantileEdges(sorted);
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of sorted) counts[binOf(edges, value)]!++;
  if (sorted.length === 0) return { name, kind: 'number', rows, missing, edges, counts };
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, sorted.length - 1);
  const summary = { min: sorted[0]!, max: sorted.at(-1)!, mean, std: Math.sqrt(variance), median: quantile(sorted, 0.5) };
  return { name, kind: 'number', rows, missing, edges, counts, ...summary };
}

/**
 * Inner edges of up to ten quantile bins, ties merged. Few different values get a bin each. A constant gets a bin of its own between
 * two open ones, so that leaving it is seen: with a single bin a drift score would stay at 0 for ever.
 */
function quantileEdges(sorted: Float64Array): number[] {
  if (sorted.length === 0) return [];
  const low = sorted[0]!;
  if (low === sorted.at(-1)) return [low, nextAfter(low)];
  const distinct = distinctUpTo(sorted, BINS);
  if (distinct !== null) return distinct.slice(1).map((value, i) => between(distinct[i]!, value));
  const edges = Array.from({ length: BINS - 1 }, (_, i) => quantile(sorted, (i + 1) / BINS));
  return edges.filter((edge, i) => edge > low && edge !== edges[i - 1]);
}

function distinctUpTo(sorted: Float64Array, limit: number): number[] | null {
  const distinct: number[] = [];
  for (const value of sorted) {
    if (value === distinct.at(-1)) continue;
    if (distinct.length === limit) return null;
    distinct.push(value);
  }
  return distinct;
}

/** The middle, or the upper of two neighbouring numbers between which there is none. */
function between(low: number, high: number): number {
  const middle = low + (high - low) / 2;
  return middle > low ? middle : high;
}

const nextAfter = (value: number): number => value + Math.max(Math.abs(value) * Number.EPSILON, Number.MIN_VALUE);

/** Linear between neighbours, as numpy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (sorted[high]! - sorted[low]!) * (at - low);
}

/** Bin i holds edges[i − 1] ≤ value < edges[i]. */
export function binOf(edges: readonly number[], value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value < edges[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Categories by code, the most frequent with a bin of their own and one last bin for all others; −1 is missing. */
export function profileCategories(name: string, codes: Int32Array, categories: readonly string[]): ReferenceColumn {
  const totals = new Float64Array(categories.length);
  let missing = 0;
  for (const code of codes) {
    if (code < 0) missing++;
    else totals[code]!++;
  }
  const order = categories.map((_, i) => i).sort((a, b) => totals[b]! - totals[a]! || a - b);
  const kept = order.slice(0, MAX_CATEGORIES);
  const others = order.slice(MAX_CATEGORIES).reduce((sum, code) => sum + totals[code]!, 0);
  return {
    name,
    kind: 'category',
    rows: codes.length,
    missing,
    categories: kept.map((code) => categories[code]!),
    counts: [...kept.map((code) => totals[code]!), others],
  };
}
