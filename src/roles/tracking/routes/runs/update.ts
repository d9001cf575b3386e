import { UpdateRun } from '#contract/http/mlflow/runs.ts';
import { checkedTag } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';
import { runInfoToWire } from '../../wire.ts';

/** RunStatus of MLflow's protos, by number. */
const STATUSES = ['', 'RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'];

/** POST /api/2.0/mlflow/runs/update */
export const updateRun = trackingRoute({
  method: 'POST',
  path: '/mlflow/runs/update',
  summary: 'Set status, end time or name of a run',
  access: 'editor',
  input: UpdateRun,
  async handle({ store }, { run_id, status, end_time, run_name }) {
    const word = typeof status === 'number' ? STATUSES[status] : status;
    const change = {
      ...(word && STATUSES.includes(word) ? { status: word } : {}),
      ...(end_time === null || end_time === undefined ? {} : { end_time }),
      ...(run_name ? { name: checkedTag({ key: 'mlflow.runName', value: run_name }).value } : {}),
    };
    return { run_info: runInfoToWire(await store.updateRun(run_id, change)) };
  },
});
