import { LogParam } from '#contract/http/mlflow/runs.ts';
import { checkedParam } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';

/** POST /api/2.0/mlflow/runs/log-parameter */
export const logParameter = trackingRoute({
  method: 'POST',
  path: '/mlflow/runs/log-parameter',
  summary: 'Log a parameter; it cannot be changed afterwards',
  access: 'editor',
  input: LogParam,
  async handle({ store }, { run_id, key, value }) {
    await store.logBatch(run_id, { params: [checkedParam({ key, value: value ?? '' })], metrics: [], tags: [] });
    return {};
  },
});
