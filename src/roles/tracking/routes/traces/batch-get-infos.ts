import { BatchGetTraces } from '#contract/http/mlflow/traces.ts';
import { trackingRoute } from '../../route.ts';
import { traceToWire } from '../../trace-wire.ts';

/** POST /api/3.0/mlflow/traces/batchGetInfos */
export const batchGetTraceInfos = trackingRoute({
  method: 'POST',
  path: '/mlflow/traces/batchGetInfos',
  summary: 'Get some traces without their spans',
  access: 'viewer',
  input: BatchGetTraces,
  async handle({ store }, { trace_ids, experiment_ids }) {
    const found = await store.getTraces(trace_ids);
    const wanted = experiment_ids ? found.filter(({ experiment_id }) => experiment_ids.includes(experiment_id)) : found;
    return wanted.length > 0 ? { trace_infos: wanted.map(traceToWire) } : {};
  },
});
