import { GetTraceSpans } from '#contract/http/mlflow/traces.ts';
import { pause } from '#kernel/retry.ts';
import { fail } from '../../errors.ts';
import { mountedRoute } from '../../route.ts';
import { spansOf, traceOf } from '../../trace-files.ts';

/** Clients send spans from threads of their own: the last ones may come a moment after somebody asks (MLflow 3.17 waits for 3 s). */
const WAITS_MS = [100, 200, 400, 800, 1500];

/** GET /api/3.0/mlflow/traces/get?trace_id= */
export const getTraceWithSpans = mountedRoute({
  method: 'GET',
  path: '/mlflow/traces/get',
  summary: 'Get a trace with its spans',
  access: 'viewer',
  input: GetTraceSpans,
  async handle(deps, { trace_id, allow_partial }, { signal }) {
    for (const wait of [...WAITS_MS, 0]) {
      const trace = await traceOf(deps.tracking, trace_id);
      const spans = await spansOf(deps, trace).catch((error: Error) => {
        // Clients take this sentence for a server that has no spans, and read them from the artifacts by themselves.
        throw error.name === 'ARTIFACT_LOCATION_UNREACHABLE' ? fail.traceNotFound({ id: 'get' }) : error;
      });
      if (!spans) throw fail.traceNotFound({ id: 'get' });
      if (allow_partial || !trace.isKeptHere || spans.length >= trace.spanCount) return { trace: { trace_info: trace.info, spans } };
      await pause(wait, signal);
    }
    throw fail.traceIncomplete({ id: trace_id });
  },
});
