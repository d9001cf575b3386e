import { WebhookById } from '#contract/http/mlflow/registry/webhooks.ts';
import { registryRoute } from '../../route.ts';
import { webhookToWire } from '../../webhooks/wire.ts';

/** GET /api/2.0/mlflow/webhooks/{webhook_id} */
export const getWebhook = registryRoute({
  method: 'GET',
  path: '/mlflow/webhooks/:webhook_id',
  summary: 'One webhook, without its secret',
  access: 'viewer',
  input: WebhookById,
  handle: async ({ webhooks }, { webhook_id }) => ({ webhook: webhookToWire(await webhooks.store.get(webhook_id)) }),
});
