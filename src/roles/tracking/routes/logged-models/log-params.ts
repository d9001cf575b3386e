import { LogLoggedModelParams } from '#contract/http/mlflow/logged-models.ts';
import { checkedParam } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';

/** POST /api/2.0/mlflow/logged-models/{model_id}/params */
export const logLoggedModelParams = trackingRoute({
  method: 'POST',
  path: '/mlflow/logged-models/:model_id/params',
  summary: 'Log further parameters of a logged model',
  access: 'editor',
  input: LogLoggedModelParams,
  async handle({ store }, { model_id, params }) {
    await store.logLoggedModelParams(
      model_id,
      (params ?? []).map((param, i) => checkedParam(param, `params[${i}].`)),
    );
    return {};
  },
});
