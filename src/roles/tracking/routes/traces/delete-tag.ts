import { DeleteTraceTag } from '#contract/http/mlflow/traces.ts';
import { trackingRoute } from '../../route.ts';

/** DELETE /api/2.0/mlflow/traces/{trace_id}/tags */
export const deleteTraceTag = trackingRoute({
  method: 'DELETE',
  path: '/mlflow/traces/:trace_id/tags',
  summary: 'Delete a tag of a trace',
  access: 'editor',
  input: DeleteTraceTag,
  async handle({ store }, { trace_id, key }) {
    await store.deleteTraceTag(trace_id, key);
    return {};
  },
});
