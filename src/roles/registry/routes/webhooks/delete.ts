import { WebhookById } from '#contract/http/mlflow/registry/webhooks.ts';
import { registryRoute } from '../../route.ts';

/** DELETE /api/2.0/mlflow/webhooks/{webhook_id} */
export const deleteWebhook = registryRoute({
  method: 'DELETE',
  path: '/mlflow/webhooks/:webhook_id',
  summary: 'Delete a webhook with its deliveries',
  access: 'admin',
  input: WebhookById,
  async handle({ webhooks }, { webhook_id }) {
    await webhooks.remove(webhook_id);
    return {};
  },
});
