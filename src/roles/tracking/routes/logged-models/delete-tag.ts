import { DeleteLoggedModelTag } from '#contract/http/mlflow/logged-models.ts';
import { trackingRoute } from '../../route.ts';

/** DELETE /api/2.0/mlflow/logged-models/{model_id}/tags/{tag_key} */
export const deleteLoggedModelTag = trackingRoute({
  method: 'DELETE',
  path: '/mlflow/logged-models/:model_id/tags/:tag_key',
  summary: 'Delete a tag of a logged model',
  access: 'editor',
  input: DeleteLoggedModelTag,
  async handle({ store }, { model_id, tag_key }) {
    await store.deleteLoggedModelTag(model_id, tag_key);
    return {};
  },
});
