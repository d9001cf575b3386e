import { MetricHistoryBulk } from '#contract/http/mlflow/runs.ts';
import { checkedPageSize, refuse } from '#http/mlflow/input.ts';
import { wireDouble } from '#http/mlflow/wire-values.ts';
import { trackingRoute } from '../../route.ts';

const MOST_RUNS = 100;
const MOST_POINTS = 25_000;

/** GET /ajax-api/2.0/mlflow/metrics/get-history-bulk */
export const getHistoryBulk = trackingRoute({
  method: 'GET',
  path: '/mlflow/metrics/get-history-bulk',
  summary: 'Points of one metric of several runs',
  access: 'viewer',
  input: MetricHistoryBulk,
  async handle({ store }, { run_id, metric_key, max_results }) {
    const runs = run_id ?? [];
    if (runs.length === 0) throw refuse('GetMetricHistoryBulk request must specify at least one run_id.');
    if (runs.length > MOST_RUNS) {
      throw refuse(`GetMetricHistoryBulk request cannot specify more than ${MOST_RUNS} run_ids. Received ${runs.length} run_ids.`);
    }
    if (!metric_key) throw refuse('GetMetricHistoryBulk request must specify a metric_key.');
    const limit = Math.min(checkedPageSize(max_results, MOST_POINTS, Number.MAX_SAFE_INTEGER), MOST_POINTS);
    const metrics = await store.metricHistoryBulk(runs, { key: metric_key, limit });
    return { metrics: metrics.map((metric) => ({ ...metric, value: wireDouble(metric.value) })) };
  },
});
