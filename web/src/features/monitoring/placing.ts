import type { DriftDetail } from '@/lib/api/monitors.ts';
import { percent } from '@/lib/format.ts';

/** Where a value stands among the reference rows. */
export interface Place {
  /** Share of the reference below the value, 0 to 1; null where that means nothing. */
  readonly rank: number | null;
  readonly words: string;
}

export function placeOf(value: unknown, detail: DriftDetail): Place {
  if (value === null || value === undefined) return { rank: null, words: 'missing' };
  return detail.kind === 'category' ? placeCategory(String(value), detail) : placeNumber(Number(value), detail);
}

function placeCategory(value: string, { categories = [], reference }: DriftDetail): Place {
  const at = categories.indexOf(value);
  if (at < 0) return { rank: null, words: 'rare or not in the reference' };
  return { rank: null, words: `${percent(shareOf(reference, at, at + 1))} of the reference` };
}

function placeNumber(value: number, { edges = [], reference, min, max }: DriftDetail): Place {
  const after = edges.findIndex((edge) => value < edge);
  const bin = after < 0 ? edges.length : after;
  if (min !== undefined && value < min) return { rank: 0, words: 'below all reference rows' };
  if (max !== undefined && value > max) return { rank: 1, words: 'above all reference rows' };
  const below = shareOf(reference, 0, bin);
  const above = shareOf(reference, bin + 1, reference.length);
  const rank = (below + 1 - above) / 2;
  return { rank, words: below >= above ? `above ${percent(below, 0)} of the reference` : `below ${percent(above, 0)} of the reference` };
}

function shareOf(counts: readonly number[], from: number, to: number): number {
  const sum = (part: readonly number[]) => part.reduce((total, n) => total + n, 0);
  return sum(counts.slice(from, to)) / (sum(counts) || 1);
}
