import { TraceById } from '#contract/http/mlflow/traces.ts';
import { trackingRoute } from '../../route.ts';
import { traceToWire } from '../../trace-wire.ts';

/** GET /api/3.0/mlflow/traces/{trace_id}. Clients that ask for `get` learn from the 404 that spans come from the artifacts. */
export const getTrace = trackingRoute({
  method: 'GET',
  path: '/mlflow/traces/:trace_id',
  summary: 'Get a trace without its spans',
  access: 'viewer',
  input: TraceById,
  async handle({ store }, { trace_id }) {
    return { trace: { trace_info: traceToWire(await store.getTrace(trace_id)) } };
  },
});
