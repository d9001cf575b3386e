import { MetricHistory } from '#contract/http/mlflow/runs.ts';
import { checkedPageSize, checkedPlace } from '#http/mlflow/input.ts';
import { trackingRoute } from '../../route.ts';
import { listAnswer } from '../list-answer.ts';

const POINTS_AT_ONCE = 5000;

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
    return listAnswer({
      field: 'metrics',
      limit: limit ?? Number.POSITIVE_INFINITY,
      place: checkedPlace(page_token, query),
      query,
      slice: POINTS_AT_ONCE,
      read: (most, place) => store.metricHistoryJson(run_id, { key: metric_key, limit: most, place }),
    });
  },
});
