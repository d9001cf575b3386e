import { MetricHistory } from '#contract/http/mlflow/runs.ts';
import { checkedPageSize, checkedPlace } from '#http/mlflow-input.ts';
import { trackingRoute } from '../../route.ts';
import { metricToWire, nextToken } from '../../wire.ts';

/** GET /api/2.0/mlflow/metrics/get-history: without `max_results` all points in one answer. */
export const getHistory = trackingRoute({
  method: 'GET',
  path: '/mlflow/metrics/get-history',
  summary: 'All points of a metric of a run',
  access: 'viewer',
  input: MetricHistory,
  async handle({ store }, { run_id, metric_key, max_results, page_token }) {
    const limit = max_results === null || max_results === undefined ? undefined : checkedPageSize(max_results, 1, 1_000_000);
    const query = JSON.stringify(['history', run_id, metric_key]);
    const { items, next } = await store.metricHistory(run_id, { key: metric_key, limit, place: checkedPlace(page_token, query) });
    return { ...(items.length > 0 ? { metrics: items.map(metricToWire) } : {}), ...nextToken(next, query) };
  },
});
