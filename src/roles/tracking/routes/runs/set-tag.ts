import { SetTag } from '#contract/http/mlflow/runs.ts';
import { checkedTag } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';

/** POST /api/2.0/mlflow/runs/set-tag */
export const setTag = trackingRoute({
  method: 'POST',
  path: '/mlflow/runs/set-tag',
  summary: 'Set a tag of a run',
  access: 'editor',
  input: SetTag,
  async handle({ store }, { run_id, key, value }) {
    await store.setRunTag(run_id, checkedTag({ key, value: value ?? '' }));
    return {};
  },
});
