import { UpdateWebhook } from '#contract/http/mlflow/registry/webhooks.ts';
import { registryRoute } from '../../route.ts';
import { webhookToWire } from '../../webhooks/wire.ts';

/** PATCH /api/2.0/mlflow/webhooks/{webhook_id} */
export const updateWebhook = registryRoute({
  method: 'PATCH',
  path: '/mlflow/webhooks/:webhook_id',
  summary: 'Change a webhook; what is not named stays',
  access: 'admin',
  input: UpdateWebhook,
  handle: async ({ webhooks }, input) => ({ webhook: webhookToWire(await webhooks.update(input)) }),
});
