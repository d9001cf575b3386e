import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { CreateWebhook, UpdateWebhook, WebhookEventOnWire } from '#contract/http/mlflow/registry/webhooks.ts';
import { refuse } from '#http/mlflow/input.ts';
import type { Clock } from '#kernel/clock.ts';
import { timeOrderedId } from '#kernel/ids.ts';
import type { Remote } from '#ports/database.ts';
import { eventBody } from './body.ts';
import { exampleOf, readEvent, readEvents } from './events.ts';
import type { SecretBox } from './secrets.ts';
import { send } from './send.ts';
import type { WebhookRecord, WebhookStatus, WebhookStore } from './store.ts';
import { checkTarget, type TargetRules } from './target.ts';

interface Parts {
  readonly store: Remote<WebhookStore>;
  readonly secrets: SecretBox;
  readonly clock: Clock;
  readonly rules: TargetRules & { readonly timeoutMs: number };
  readonly signal: AbortSignal;
  /** Called after webhooks changed. */
  readonly changed: () => void;
}

export interface TestResult {
  readonly success: boolean;
  readonly response_status?: number;
  readonly response_body?: string;
  readonly error_message?: string;
}

/** Makes, changes and tries webhooks. */
export class Webhooks {
  readonly store: Remote<WebhookStore>;
  readonly #parts: Parts;
  constructor(parts: Parts) {
    this.store = parts.store;
    this.#parts = parts;
  }

  async create({ name, url, events, description, secret, status }: z.infer<typeof CreateWebhook>): Promise<WebhookRecord> {
    const { secrets, clock, rules, changed } = this.#parts;
    checkName(name);
    await checkTarget(url, rules);
    const id = randomUUID();
    const now = clock.now();
    const fresh: WebhookRecord = {
      id,
      name,
      url,
      description: description ?? '',
      events: readEvents(events),
      status: readStatus(status || 'ACTIVE'),
      secret: secrets.seal(secret ?? '', id),
      creation_time: now,
      last_update_time: now,
    };
    await this.store.create(fresh);
    changed();
    return fresh;
  }

  async update({ webhook_id: id, ...change }: z.infer<typeof UpdateWebhook>): Promise<WebhookRecord> {
    const { secrets, clock, rules, changed } = this.#parts;
    await this.store.get(id);
    if (change.name) checkName(change.name);
    if (change.url) await checkTarget(change.url, rules);
    const updated = await this.store.update(id, {
      ...(change.name ? { name: change.name } : {}),
      ...(change.url ? { url: change.url } : {}),
      ...(change.events && change.events.length > 0 ? { events: readEvents(change.events) } : {}),
      ...(typeof change.description === 'string' ? { description: change.description } : {}),
      ...(typeof change.secret === 'string' ? { secret: secrets.seal(change.secret, id) } : {}),
      ...(change.status ? { status: readStatus(change.status) } : {}),
      last_update_time: clock.now(),
    });
    changed();
    return updated;
  }

  async remove(id: string): Promise<void> {
    await this.store.remove(id);
    this.#parts.changed();
  }

  /** Sends an example of the event, or of the first that the webhook listens to, once and now. */
  async test(id: string, event: WebhookEventOnWire | undefined): Promise<TestResult> {
    const { secrets, clock, rules, signal } = this.#parts;
    const webhook = await this.store.get(id);
    const name = event ? readEvent(event) : (webhook.events[0] ?? '');
    const now = clock.now();
    const message = {
      id: timeOrderedId(now),
      url: webhook.url,
      body: eventBody(exampleOf(name), now),
      secret: secrets.open(webhook.secret, id),
    };
    const { timeoutMs, allowPrivate } = rules;
    const sent = await send(message, { timeoutMs, allowPrivate, nowMs: now, signal });
    if (sent.status === null) return { success: false, error_message: `Failed to test webhook: ${sent.error}` };
    const redirect = sent.status >= 300 && sent.status < 400;
    return {
      success: sent.status < 300,
      response_status: sent.status,
      response_body: sent.body,
      // Other refusals speak for themselves, and upstream has no message for them.
      ...(redirect ? { error_message: sent.error } : {}),
    };
  }
}

/** MLflow 3.17, utils/validation.py `_validate_webhook_name`. */
function checkName(name: string): void {
  if (name.length <= 63 && /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/iu.test(name)) return;
  throw refuse(
    `Webhook name '${name.slice(0, 200)}' is invalid. It must start and end with a letter or digit, be less than 63 characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-).`,
  );
}

function readStatus(status: string): WebhookStatus {
  if (status === 'ACTIVE' || status === 'DISABLED') return status;
  throw refuse(`Invalid value "${status.slice(0, 200)}" for parameter 'status' supplied. It must be ACTIVE or DISABLED.`);
}
