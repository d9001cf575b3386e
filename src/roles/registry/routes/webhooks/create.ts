import { CreateWebhook } from '#contract/http/mlflow/registry/webhooks.ts';
import { registryRoute } from '../../route.ts';
import { webhookToWire } from '../../webhooks/wire.ts';

/** POST /api/2.0/mlflow/webhooks */
export const createWebhook = registryRoute({
  method: 'POST',
  path: '/mlflow/webhooks',
  summary: 'Have changes of the registry told to an address',
  access: 'admin',
  input: CreateWebhook,
  handle: async ({ webhooks }, input) => ({ webhook: webhookToWire(await webhooks.create(input)) }),
});
