import { EndTrace } from '#contract/http/mlflow/traces.ts';
import { checkedTag } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';
import { traceToFirstWire } from '../../trace-wire.ts';

/** PATCH /api/2.0/mlflow/traces/{trace_id} */
export const endTrace = trackingRoute({
  method: 'PATCH',
  path: '/mlflow/traces/:trace_id',
  summary: 'End a trace that was begun before',
  access: 'editor',
  input: EndTrace,
  async handle({ store, clock }, { trace_id, timestamp_ms, status, request_metadata, tags }) {
    const end = {
      at: timestamp_ms ?? clock.now(),
      state: !status || status === 'TRACE_STATUS_UNSPECIFIED' ? 'STATE_UNSPECIFIED' : status,
      metadata: request_metadata ?? [],
      tags: (tags ?? []).map((tag) => checkedTag(tag)),
    };
    return { trace_info: traceToFirstWire(await store.endTrace(trace_id, end)) };
  },
});
