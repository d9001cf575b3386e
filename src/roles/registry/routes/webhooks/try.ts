import { TestWebhook } from '#contract/http/mlflow/registry/webhooks.ts';
import { registryRoute } from '../../route.ts';

/** POST /api/2.0/mlflow/webhooks/{webhook_id}/test */
export const testWebhook = registryRoute({
  method: 'POST',
  path: '/mlflow/webhooks/:webhook_id/test',
  summary: 'Send an example event to a webhook, once and now',
  access: 'admin',
  input: TestWebhook,
  handle: async ({ webhooks }, { webhook_id, event }) => ({ result: await webhooks.test(webhook_id, event ?? undefined) }),
});
