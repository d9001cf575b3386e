import { SetLoggedModelTags } from '#contract/http/mlflow/logged-models.ts';
import { checkedTag } from '../../limits.ts';
import { trackingRoute } from '../../route.ts';
import { loggedModelToWire } from '../../wire.ts';

/** PATCH /api/2.0/mlflow/logged-models/{model_id}/tags */
export const setLoggedModelTags = trackingRoute({
  method: 'PATCH',
  path: '/mlflow/logged-models/:model_id/tags',
  summary: 'Set tags of a logged model',
  access: 'editor',
  input: SetLoggedModelTags,
  async handle({ store }, { model_id, tags }) {
    const checked = (tags ?? []).map((tag, i) => checkedTag(tag, `tags[${i}].`));
    return { model: loggedModelToWire(await store.setLoggedModelTags(model_id, checked)) };
  },
});
