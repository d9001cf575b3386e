import { DeleteTraces } from '#contract/http/mlflow/traces.ts';
import { refuse } from '#http/mlflow/input.ts';
import { checkExperimentId } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';

/** POST /api/2.0/mlflow/traces/delete-traces: by id, or the oldest up to a time. */
export const deleteTraces = trackingRoute({
  method: 'POST',
  path: '/mlflow/traces/delete-traces',
  summary: 'Delete traces of an experiment',
  access: 'editor',
  input: DeleteTraces,
  async handle({ store }, { experiment_id, max_timestamp_millis, max_traces, request_ids }) {
    checkExperimentId(experiment_id);
    const ids = request_ids && request_ids.length > 0 ? request_ids : undefined;
    const until = max_timestamp_millis ?? undefined;
    if ((ids === undefined) === (until === undefined)) {
      throw refuse('Either `max_timestamp_millis` or `request_ids` must be specified, but not both.');
    }
    if (max_traces !== null && max_traces !== undefined && max_traces <= 0) throw refuse('`max_traces` must be a positive integer.');
    return { traces_deleted: await store.deleteTraces(experiment_id, { ids, until, most: max_traces ?? undefined }) };
  },
});
