import { MetricHistoryInterval } from '#contract/http/mlflow/runs.ts';
import { refuse } from '#http/mlflow/input.ts';
import { wireDouble } from '#http/mlflow/wire-values.ts';
import { trackingRoute } from '../../route.ts';

const MOST_RUNS = 100;
const MOST_RESULTS = 2500;

/** GET /api/2.0/mlflow/metrics/get-history-bulk-interval */
export const getHistoryBulkInterval = trackingRoute({
  method: 'GET',
  path: '/mlflow/metrics/get-history-bulk-interval',
  summary: 'Evenly sampled points of one metric of several runs, for charts',
  access: 'viewer',
  input: MetricHistoryInterval,
  async handle({ store }, { run_ids, metric_key, start_step, end_step, max_results }) {
    const see = 'See the API docs for more information about request parameters.';
    if (run_ids.length === 0) throw refuse(`Missing value for required parameter 'run_ids'. ${see}`);
    if (run_ids.length > MOST_RUNS) {
      throw refuse(
        `GetMetricHistoryBulkInterval request must specify at most ${MOST_RUNS} run_ids. Received ${run_ids.length} run_ids. ${see}`,
      );
    }
    const limit = max_results ?? MOST_RESULTS;
    if (limit < 1 || limit > MOST_RESULTS) throw refuse(`max_results must be between 1 and ${MOST_RESULTS}. ${see}`);
    const [from, to] = [start_step ?? undefined, end_step ?? undefined];
    if ((from === undefined) !== (to === undefined)) {
      throw refuse('If either start step or end step are specified, both must be specified.');
    }
    if (from !== undefined && to !== undefined && from > to) {
      throw refuse(`end_step must be greater than start_step. Found start_step=${from} and end_step=${to}.`);
    }
    const metrics = await store.metricInterval(run_ids, { key: metric_key, from, to, limit });
    return metrics.length > 0 ? { metrics: metrics.map((metric) => ({ ...metric, value: wireDouble(metric.value) })) } : {};
  },
});
