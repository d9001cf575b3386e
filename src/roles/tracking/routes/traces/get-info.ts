import { TraceById } from '#contract/http/mlflow/traces.ts';
import { trackingRoute } from '../../route.ts';
import { traceToFirstWire } from '../../trace-wire.ts';

/** GET /api/2.0/mlflow/traces/{trace_id}/info */
export const getTraceInfo = trackingRoute({
  method: 'GET',
  path: '/mlflow/traces/:trace_id/info',
  summary: 'Get a trace without its spans, in its first form',
  access: 'viewer',
  input: TraceById,
  handle: async ({ store }, { trace_id }) => ({ trace_info: traceToFirstWire(await store.getTrace(trace_id)) }),
});
