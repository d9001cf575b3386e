import { RunById } from '#contract/http/mlflow/runs.ts';
import { Reply } from '#http/route.ts';
import { checkRunId } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';

/** GET /api/2.0/mlflow/runs/get */
export const getRun = trackingRoute({
  method: 'GET',
  path: '/mlflow/runs/get',
  summary: 'Get a run with its parameters, tags, latest metrics, data sets and models',
  access: 'viewer',
  input: RunById,
  async handle({ store }, { run_id }) {
    checkRunId(run_id);
    return new Reply(200, await store.getRunJson(run_id), { 'content-type': 'application/json' });
  },
});
