import { StartTrace } from '#contract/http/mlflow/traces.ts';
import { checkExperimentId } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';
import { traceOfWire, traceToWire } from '../../trace-wire.ts';

/** POST /api/3.0/mlflow/traces: the spans follow as an artifact. */
export const startTrace = trackingRoute({
  method: 'POST',
  path: '/mlflow/traces',
  summary: 'Keep a trace',
  access: 'editor',
  input: StartTrace,
  async handle({ store }, { trace }) {
    const parsed = traceOfWire(trace.trace_info);
    checkExperimentId(parsed.experiment_id);
    return { trace: { trace_info: traceToWire(await store.saveTrace(parsed)) } };
  },
});
