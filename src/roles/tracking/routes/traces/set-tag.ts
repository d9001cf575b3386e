import { SetTraceTag } from '#contract/http/mlflow/traces.ts';
import { checkedTag } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';

/** PATCH /api/2.0/mlflow/traces/{trace_id}/tags */
export const setTraceTag = trackingRoute({
  method: 'PATCH',
  path: '/mlflow/traces/:trace_id/tags',
  summary: 'Set a tag of a trace',
  access: 'editor',
  input: SetTraceTag,
  async handle({ store }, { trace_id, key, value }) {
    await store.setTraceTag(trace_id, checkedTag({ key, value: value ?? '' }));
    return {};
  },
});
