import { WebhookDeliveries } from '#contract/http/platform/registry.ts';
import { platformRoute } from '../../route.ts';
import { deliveryToWire } from '../../webhooks/wire.ts';

/** GET /api/v1/webhooks/{id}/deliveries */
export const webhookDeliveries = platformRoute({
  method: 'GET',
  path: '/api/v1/webhooks/:id/deliveries',
  summary: 'What was sent to a webhook and what it answered, newest first',
  access: 'viewer',
  input: WebhookDeliveries,
  async handle({ webhooks }, { id, limit, cursor }) {
    const found = await webhooks.store.deliveries(id, limit + 1, cursor);
    const page = found.slice(0, limit);
    return { items: page.map(deliveryToWire), next_cursor: found.length > limit ? (page.at(-1)?.id ?? null) : null };
  },
});
