import { MetricSeries, MetricSeriesRequest, type MetricSeries as Series } from '#contract/http/platform/tracking.ts';
import { pageRoute } from './input.ts';

/** POST /api/v1/tracking/metrics/series */
export const metricSeries = pageRoute({
  method: 'POST',
  path: '/api/v1/tracking/metrics/series',
  summary: 'Points of several metrics of several runs, sampled for charts',
  access: 'viewer',
  input: MetricSeriesRequest,
  answer: MetricSeries,
  async handle({ store }, { run_ids, keys, points }) {
    const items: Series[] = [];
    for (const key of keys) {
      const all = await store.metricInterval(run_ids, { key, from: undefined, to: undefined, limit: points });
      const byRun = Map.groupBy(all, ({ run_id }) => run_id);
      for (const run_id of run_ids) {
        const own = byRun.get(run_id);
        if (!own) continue;
        const values = own.map(({ value }) => (Number.isFinite(value) ? value : null));
        items.push({ run_id, key, steps: own.map(({ step }) => step), times: own.map(({ timestamp }) => timestamp), values });
      }
    }
    return { items };
  },
});
