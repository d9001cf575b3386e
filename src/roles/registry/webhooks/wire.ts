import { present } from '#http/mlflow/wire-values.ts';
import { eventToWire } from './events.ts';
import type { Delivery, WebhookRecord } from './store.ts';

/** The secret is never told. */
export function webhookToWire(webhook: WebhookRecord): unknown {
  return present({
    webhook_id: webhook.id,
    name: webhook.name,
    description: webhook.description || undefined,
    url: webhook.url,
    events: webhook.events.map(eventToWire),
    status: webhook.status,
    creation_timestamp: webhook.creation_time,
    last_updated_timestamp: webhook.last_update_time,
  });
}

export function deliveryToWire(delivery: Delivery): unknown {
  return {
    delivery_id: delivery.id,
    event: delivery.event,
    state: delivery.state,
    attempts: delivery.attempts,
    response_status: delivery.response_status,
    duration_ms: delivery.duration_ms,
    error: delivery.error === '' ? null : delivery.error,
    created_at: new Date(delivery.creation_time).toISOString(),
    updated_at: new Date(delivery.touch_time).toISOString(),
    payload: JSON.parse(delivery.body) as unknown,
  };
}
