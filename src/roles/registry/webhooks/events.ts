import {
  WEBHOOK_ACTION_NUMBERS,
  WEBHOOK_ACTIONS,
  WEBHOOK_ENTITY_NUMBERS,
  type WebhookEventOnWire,
} from '#contract/http/mlflow/registry/webhooks.ts';
import { refuse } from '#http/mlflow/input.ts';
import type { RegistryEvent } from './body.ts';

/** `entity.action`, such as `model_version.created`. */
export type EventName = string;

/** Reads events as clients send them. @throws REQUEST_INVALID for what does not exist */
export function readEvents(events: readonly WebhookEventOnWire[]): EventName[] {
  if (events.length === 0) throw refuse('Webhook events must be a non-empty list of WebhookEvent objects: [].');
  return [...new Set(events.map(readEvent))];
}

export function readEvent({ entity, action }: WebhookEventOnWire): EventName {
  const what = nameOf(entity, WEBHOOK_ENTITY_NUMBERS);
  const happened = nameOf(action, WEBHOOK_ACTION_NUMBERS);
  const actions = Object.hasOwn(WEBHOOK_ACTIONS, what) ? WEBHOOK_ACTIONS[what] : undefined;
  if (!actions) throw refuse(`Invalid webhook entity '${entity}'. Valid entities are: ${list(Object.keys(WEBHOOK_ACTIONS))}`);
  if (!actions.includes(happened)) throw refuse(`Invalid action '${happened}' for entity '${what}'. Valid actions are: ${list(actions)}`);
  return `${what}.${happened}`;
}

const nameOf = (value: string | number, numbers: readonly string[]): string =>
  typeof value === 'number' ? (numbers[value] ?? String(value)) : value.toLowerCase();

const list = (values: readonly string[]): string => `[${values.map((value) => `'${value}'`).join(', ')}]`;

export function eventToWire(name: EventName): WebhookEventOnWire {
  const [entity = '', action = ''] = name.split('.');
  return { entity: entity.toUpperCase(), action: action.toUpperCase() };
}

/** What a test of an event sends (MLflow 3.17, webhooks/types.py: `example`). */
export function exampleOf(name: EventName): RegistryEvent {
  const [entity = '', action = ''] = name.split('.');
  if (entity === 'budget_policy') return { name, data: BUDGET };
  const kind = entity.startsWith('prompt') ? 'prompt' : 'model';
  const subject = { name: `example_${kind}` };
  const version = { version: '1' };
  const made = { tags: { example_key: 'example_value' } };
  if (entity.endsWith('_tag')) {
    const at = entity.includes('version') ? version : {};
    return { name, data: { ...subject, ...at, key: 'example_key', ...(action === 'set' ? { value: 'example_value' } : {}) } };
  }
  if (entity.endsWith('_alias')) return { name, data: { ...subject, alias: 'example_alias', ...(action === 'created' ? version : {}) } };
  if (entity === 'registered_model') return { name, data: { ...subject, ...made, description: 'An example registered model' } };
  if (entity === 'model_version') {
    const from = { source: 'models:/123', run_id: 'abcd1234abcd5678' };
    return { name, data: { ...subject, ...version, ...from, ...made, description: 'An example model version' } };
  }
  if (entity === 'prompt') return { name, data: { ...subject, ...made, description: 'An example prompt' } };
  return { name, data: { ...subject, ...version, template: 'Hello {{name}}!', ...made, description: 'An example prompt version' } };
}

const BUDGET = {
  budget_policy_id: 'bp-abc123',
  budget_unit: 'USD',
  budget_amount: 100,
  current_spend: 105.5,
  duration_unit: 'MONTHS',
  duration_value: 1,
  target_scope: 'ENDPOINT',
  workspace: 'default',
  target_value: 'ep-abc123',
  window_start: 1_704_067_200_000,
};
