import { countIntoBins, quantile, quantileEdges } from './bins.ts';

/** Frozen bins of a column; the shape of `ReferenceColumn` in contract/model-schema.ts. */
export interface ProfiledColumn {
  name: string;
  kind: 'number' | 'category';
  rows: number;
  missing: number;
  edges?: number[];
  categories?: string[];
  counts: number[];
  min?: number;
  max?: number;
  mean?: number;
  std?: number;
  median?: number;
}

/** Most categories with a bin of their own; the others share the last bin. */
const MAX_CATEGORIES = 100;

/**
 * Profile of a numeric column: quantile bins (see `quantileEdges`), moments and range.
 *
 * @param values one per row; null, NaN and infinities count as missing
 * @param aim bins to aim at; fewer where they would hold less than 20 rows each, because the noise of a drift score grows with the number of bins
 */
export function profileNumbers(name: string, values: ArrayLike<number | null>, aim = 10): ProfiledColumn {
  const sorted = presentOf(values).sort();
  const bins = Math.min(aim, Math.max(2, Math.floor(sorted.length / 20)));
  const column = { name, kind: 'number' as const, rows: values.length, missing: values.length - sorted.length };
  if (sorted.length === 0) return { ...column, edges: [], counts: [0] };
  const edges = quantileEdges(sorted, bins);
  const mean = sorted.reduce((a, b) => a + b, 0) / sorted.length;
  const std = Math.sqrt(sorted.reduce((a, b) => a + (b - mean) ** 2, 0) / sorted.length);
  const [min, max] = [sorted[0]!, sorted.at(-1)!];
  return { ...column, edges, counts: countIntoBins(edges, sorted), min, max, mean, std, median: quantile(sorted, 0.5) };
}

function presentOf(values: ArrayLike<number | null>): Float64Array {
  const present = new Float64Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value !== null && value !== undefined && Number.isFinite(value)) present[count++] = value;
  }
  return present.slice(0, count);
}

/**
 * Profile of a column of categories, most frequent first (ties by name); the last bin holds all others.
 *
 * @param values one per row; null and undefined count as missing
 */
export function profileCategories(name: string, values: Iterable<string | null | undefined>): ProfiledColumn {
  const seen = new Map<string, number>();
  let rows = 0;
  let missing = 0;
  for (const value of values) {
    rows++;
    if (value === null || value === undefined) missing++;
    else seen.set(value, (seen.get(value) ?? 0) + 1);
  }
  const ordered = [...seen].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const kept = ordered.slice(0, MAX_CATEGORIES);
  const others = ordered.slice(MAX_CATEGORIES).reduce((sum, [, n]) => sum + n, 0);
  return { name, kind: 'category', rows, missing, categories: kept.map(([c]) => c), counts: [...kept.map(([, n]) => n), others] };
}
