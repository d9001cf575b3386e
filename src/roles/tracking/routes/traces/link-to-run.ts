import { LinkTraces } from '#contract/http/mlflow/traces.ts';
import { refuse } from '#http/mlflow/input.ts';
import { checkRunId } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';

const MOST = 100;

/** POST /api/2.0/mlflow/traces/link-to-run */
export const linkTraces = trackingRoute({
  method: 'POST',
  path: '/mlflow/traces/link-to-run',
  summary: 'Count traces as of a run',
  access: 'editor',
  input: LinkTraces,
  async handle({ store }, { trace_ids, run_id }) {
    checkRunId(run_id);
    const ids = trace_ids ?? [];
    if (ids.length > MOST)
      throw refuse(`Cannot link more than ${MOST} traces to a run in a single request. Provided ${ids.length} traces.`);
    if (ids.length > 0) await store.linkTraces(ids, run_id);
    return {};
  },
});
