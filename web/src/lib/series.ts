import type { Window } from './time-range.ts';

/** A line on a time chart: one value per bucket, null where nothing was measured. */
export interface Line {
  readonly name: string;
  readonly values: readonly (number | null)[];
  /** A CSS colour, such as `var(--role-primary)`. */
  readonly color: string;
  readonly dash?: readonly number[];
  readonly fill?: boolean;
}

export interface Buckets {
  /** Starts of the buckets, milliseconds. */
  readonly starts: readonly number[];
  readonly bucketMs: number;
}

/** All buckets that touch the window, empty ones too: an empty window is not zero. */
export function bucketsOf({ fromMs, toMs }: Window, bucketMs: number): Buckets {
  const starts: number[] = [];
  for (let t = Math.ceil(fromMs / bucketMs) * bucketMs; t < toMs; t += bucketMs) starts.push(t);
  return { starts, bucketMs };
}

interface Point {
  readonly t: number;
}

/** Puts points into buckets; buckets without a point are null. */
export function place<P extends Point>({ starts }: Buckets, points: readonly P[], pick: (point: P) => number | null): (number | null)[] {
  const byStart = new Map(points.map((point) => [point.t, point]));
  return starts.map((start) => {
    const point = byStart.get(start);
    return point === undefined ? null : pick(point);
  });
}

/**
 * Events per second. Between the first and the last event an empty bucket is a true zero; outside of them nothing is known.
 * The bucket that is still filling counts only the time that has passed. While that is too short to say much it is left out beside others; where it is
 * all that there is, as after the first requests ever, it counts as half a bucket at least.
 */
export function perSecond<P extends Point & { readonly count: number }>(
  buckets: Buckets,
  points: readonly P[],
  toMs: number,
): (number | null)[] {
  const counts = place(buckets, points, (point) => point.count);
  const first = counts.findIndex((n) => n !== null);
  const last = counts.findLastIndex((n) => n !== null);
  return counts.map((n, i) => {
    if (first < 0 || i < first || i > last) return null;
    const leastMs = buckets.bucketMs / 2;
    const passedMs = Math.min(buckets.bucketMs, toMs - (buckets.starts[i] ?? 0));
    if (passedMs < leastMs && first < i) return null;
    return (n ?? 0) / (Math.max(passedMs, leastMs) / 1000);
  });
}

/** Points of each group, in the order of first appearance. */
export function byGroup<P extends { readonly group: string | null }>(points: readonly P[]): Map<string, P[]> {
  const groups = new Map<string, P[]>();
  for (const point of points) {
    const name = point.group ?? '';
    const group = groups.get(name);
    if (group) group.push(point);
    else groups.set(name, [point]);
  }
  return groups;
}

/** Colours of things without a fixed look (deployments, versions), told apart in both themes. */
const ORDERED = ['#3b7ddd', '#1f9e89', '#c2780c', '#b0478f', '#6b7f2a', '#8a6bd1', '#c4513d', '#4f8fa8'];
export const orderedColor = (index: number): string => ORDERED[index % ORDERED.length] ?? '#3b7ddd';
