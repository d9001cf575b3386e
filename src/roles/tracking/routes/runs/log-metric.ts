import { LogMetric } from '#contract/http/mlflow/runs.ts';
import { checkMetric } from '../../limits.ts';
import { pointOf } from '../../points.ts';
import { trackingRoute } from '../../route.ts';

/** POST /api/2.0/mlflow/runs/log-metric */
export const logMetric = trackingRoute({
  method: 'POST',
  path: '/mlflow/runs/log-metric',
  summary: 'Log one point of a metric',
  access: 'editor',
  input: LogMetric,
  async handle({ store }, { run_id, ...metric }) {
    checkMetric(metric);
    await store.logBatch(run_id, { params: [], metrics: [pointOf(metric)], tags: [] });
    return {};
  },
});
