import { z } from 'zod';
import { int64, optional, required, text } from '../fields.ts';

/** What may happen to what (MLflow 3.17, `VALID_ENTITY_ACTIONS` in entities/webhook.py). Budget policies are known, but nothing here sets one. */
export const WEBHOOK_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  registered_model: ['created'],
  model_version: ['created'],
  model_version_tag: ['deleted', 'set'],
  model_version_alias: ['created', 'deleted'],
  prompt: ['created'],
  prompt_version: ['created'],
  prompt_tag: ['deleted', 'set'],
  prompt_version_tag: ['deleted', 'set'],
  prompt_alias: ['created', 'deleted'],
  budget_policy: ['exceeded'],
};

/** Names in the order of their numbers in webhooks.proto, which a protobuf client may send instead. */
export const WEBHOOK_ENTITY_NUMBERS = ['', ...Object.keys(WEBHOOK_ACTIONS)] as const;
export const WEBHOOK_ACTION_NUMBERS = ['', 'created', 'updated', 'deleted', 'set', 'exceeded'] as const;

const enumeration = z.union([text.min(1, 'missing'), z.int()]);

/** One event as it travels: protobuf's names (`MODEL_VERSION`, `CREATED`) or numbers. */
export const WebhookEventOnWire = z.object({ entity: enumeration, action: enumeration });
export type WebhookEventOnWire = z.infer<typeof WebhookEventOnWire>;

/** POST webhooks */
export const CreateWebhook = z.object({
  name: required,
  url: required,
  events: z.array(WebhookEventOnWire),
  description: optional,
  secret: optional,
  status: optional,
});
/** GET webhooks */
export const ListWebhooks = z.object({ max_results: int64.nullish(), page_token: optional });
/** GET and DELETE webhooks/{webhook_id} */
export const WebhookById = z.object({ webhook_id: required });
/** PATCH webhooks/{webhook_id}: what is absent stays as it is. */
export const UpdateWebhook = z.object({
  webhook_id: required,
  name: optional,
  url: optional,
  events: z.array(WebhookEventOnWire).nullish(),
  description: optional,
  secret: optional,
  status: optional,
});
/** POST webhooks/{webhook_id}/test */
export const TestWebhook = z.object({ webhook_id: required, event: WebhookEventOnWire.nullish() });
