import {
  PredictionCount,
  PredictionGroups,
  PredictionGroupsQuery,
  PredictionList,
  PredictionListQuery,
  PredictionQuery,
  PredictionSeries,
  PredictionSeriesQuery,
  PredictionSummary,
} from '#contract/http/platform/events.ts';
import { defineRoute } from '#http/route.ts';
import { fail } from '../errors.ts';
import type { IndexDeps } from './deps.ts';
import { filterOf, iso } from './filter.ts';

const TAG = 'predictions';

/** GET /api/v1/predictions */
export const list = defineRoute<IndexDeps>()({
  method: 'GET',
  path: '/api/v1/predictions',
  summary: 'Predictions, newest first',
  access: 'viewer',
  tag: TAG,
  input: PredictionListQuery,
  answer: PredictionList,
  handle: ({ analytics }, { cursor, limit, ...query }) =>
    analytics.list(filterOf(query), { limit, ...(cursor === undefined || cursor === '' ? {} : { cursor }) }),
});

/** GET /api/v1/predictions/count */
export const count = defineRoute<IndexDeps>()({
  method: 'GET',
  path: '/api/v1/predictions/count',
  summary: 'How many predictions there are',
  access: 'viewer',
  tag: TAG,
  input: PredictionQuery,
  answer: PredictionCount,
  handle: async ({ analytics }, query) => ({ count: await analytics.count(filterOf(query)) }),
});

/** GET /api/v1/predictions/summary */
export const summary = defineRoute<IndexDeps>()({
  method: 'GET',
  path: '/api/v1/predictions/summary',
  summary: 'Count, errors and latency percentiles',
  access: 'viewer',
  tag: TAG,
  input: PredictionQuery,
  answer: PredictionSummary,
  handle: async ({ analytics }, query) => ({
    ...(await analytics.summary(filterOf(query))),
    from: query.from === undefined ? null : iso(query.from),
    to: query.to === undefined ? null : iso(query.to),
  }),
});

/** GET /api/v1/predictions/groups */
export const groups = defineRoute<IndexDeps>()({
  method: 'GET',
  path: '/api/v1/predictions/groups',
  summary: 'The same figures per class, version, variant, status or deployment',
  access: 'viewer',
  tag: TAG,
  input: PredictionGroupsQuery,
  answer: PredictionGroups,
  handle: async ({ analytics }, { by, ...query }) => ({ by, items: await analytics.groups(filterOf(query), by) }),
});

/** GET /api/v1/predictions/series */
export const series = defineRoute<IndexDeps>()({
  method: 'GET',
  path: '/api/v1/predictions/series',
  summary: 'The same figures over time',
  access: 'viewer',
  tag: TAG,
  input: PredictionSeriesQuery,
  answer: PredictionSeries,
  async handle({ analytics, clock }, { bucket, by, ...query }) {
    const to = query.to ?? clock.now() + 1;
    const from = query.from ?? to - 3_600_000;
    const bucketMs = bucket === undefined ? bucketFor(to - from) : widthOf(bucket);
    const filter = filterOf({ ...query, from, to });
    const buckets = Math.ceil((to - from) / bucketMs);
    if (buckets > MAX_BUCKETS) throw fail.bucketsTooMany({ buckets, limit: MAX_BUCKETS });
    const points = await analytics.series(filter, bucketMs, by);
    return { from: iso(from), to: iso(to), bucket_ms: bucketMs, points: points.map((point) => ({ ...point, t: iso(point.t) })) };
  },
});

const MAX_BUCKETS = 5000;
/** Widths that divide days evenly, so that bars begin at round times. */
const WIDTHS_S = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400] as const;

/** The narrowest round width that gives at most 120 buckets. */
export function bucketFor(rangeMs: number): number {
  const width = WIDTHS_S.find((seconds) => rangeMs / (seconds * 1000) <= 120) ?? 86_400 * Math.ceil(rangeMs / 86_400_000 / 120);
  return width * 1000;
}

function widthOf(bucket: string): number {
  const unit = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[bucket.at(-1) as 's' | 'm' | 'h' | 'd'];
  return Math.max(1, Number(bucket.slice(0, -1))) * unit;
}
