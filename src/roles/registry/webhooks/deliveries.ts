import type { Metrics, Scalar } from '#http/metrics.ts';
import type { Clock } from '#kernel/clock.ts';
import { KnownError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { backoffMs, pause } from '#kernel/retry.ts';
import type { Remote } from '#ports/database.ts';
import { metrics as specs } from '../metrics.ts';
import type { SecretBox } from './secrets.ts';
import { type Sent, send } from './send.ts';
import type { Delivery, WebhookRecord, WebhookStore } from './store.ts';

export interface DeliveryOptions {
  readonly store: Remote<WebhookStore>;
  readonly secrets: SecretBox;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
  readonly limits: DeliveryLimits;
}

export interface DeliveryLimits {
  readonly allow_private_ips: boolean;
  readonly timeout_ms: number;
  readonly max_retries: number;
  readonly workers: number;
  readonly queue: number;
  readonly keep: number;
  readonly retry_base_ms: number;
}

/** Webhooks that another process made are seen at the latest after this long. */
const CACHE_MS = 5000;
const MAX_PAUSE_MS = 60_000;
const SWEEP_MS = 30_000;
/** Longer than any attempt and pause: what was not touched for this long has no owner any more. */
const ORPHAN_MS = 300_000;
/** Above the touch time of what nobody has taken. */
const UNTAKEN = 1;

/**
 * Tells webhooks of events: each delivery is first a row, written with the change itself, then sent by one of a few workers, tried again with jitter,
 * and ends as delivered or failed. What does not fit into the queue, and what an ended process left, is taken from the table later: at least once, with the same id.
 */
export class Deliveries {
  readonly #options: DeliveryOptions;
  readonly #settled: Scalar;
  readonly #queue: Delivery[] = [];
  readonly #held = new Set<string>();
  readonly #working = new Set<Promise<void>>();
  #overflowed = false;
  #active: { readonly until: number; readonly webhooks: Promise<readonly WebhookRecord[]> } | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#settled = options.metrics.counter(specs.deliveries);
    const waiting = options.metrics.gauge(specs.waiting);
    options.metrics.onScrape(() => waiting.set(this.#queue.length));
  }

  /** Called after changes: takes what they noted. Never rejects, as a change that was made stays made; what is not taken now is taken later. */
  async collect(): Promise<void> {
    try {
      if ((await this.#listeners()).length === 0) return;
      this.#overflowed ||= await this.#claim(UNTAKEN);
      if (this.#overflowed && this.#queue.length === 0) await this.#refill();
    } catch (error) {
      this.#options.logger.warn({ error: String(error) }, 'noted webhook deliveries could not be read');
    }
  }

  /** Called after webhooks changed here. */
  forget(): void {
    this.#active = undefined;
  }

  /** Takes what was left over, now and from time to time. @param alone no other process works on this table */
  async sweep(alone: boolean): Promise<void> {
    const { clock, signal, logger } = this.#options;
    let before = alone ? clock.now() + 1 : clock.now() - ORPHAN_MS;
    while (!signal.aborted) {
      await this.#claim(before).catch((error: unknown) =>
        logger.warn({ error: String(error) }, 'waiting webhook deliveries could not be read'),
      );
      await pause(SWEEP_MS, signal);
      before = clock.now() - ORPHAN_MS;
    }
  }

  /** Resolves when nothing is being sent any more. */
  async idle(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working);
  }

  /** Resolves with whether there may be more. */
  async #claim(before: number): Promise<boolean> {
    const { store, clock, limits } = this.#options;
    const room = limits.queue - this.#queue.length;
    if (room <= 0) return true;
    const found = await store.claim(before, clock.now(), room);
    await this.#take(found);
    return found.length === room;
  }

  async #refill(): Promise<void> {
    this.#overflowed = false;
    const more = await this.#claim(this.#options.clock.now() - ORPHAN_MS);
    this.#overflowed ||= more;
  }

  /** Holds what there is room for and leaves the rest in the table, to be claimed later. */
  async #take(fresh: readonly Delivery[]): Promise<void> {
    const { limits, store } = this.#options;
    const mine = fresh.filter(({ id }) => !this.#held.has(id));
    const room = Math.max(0, limits.queue - this.#queue.length);
    for (const delivery of mine.slice(0, room)) {
      this.#held.add(delivery.id);
      this.#queue.push(delivery);
    }
    this.#start();
    if (mine.length <= room) return;
    await store.release(mine.slice(room).map(({ id }) => id));
    this.#overflowed = true;
    if (this.#queue.length === 0) await this.#refill();
  }

  #start(): void {
    const { limits, signal } = this.#options;
    while (!signal.aborted && this.#working.size < limits.workers && this.#queue.length > 0) {
      const worker = this.#work().finally(() => {
        this.#working.delete(worker);
        this.#start();
      });
      this.#working.add(worker);
    }
  }

  async #work(): Promise<void> {
    const { signal, logger } = this.#options;
    for (let delivery = this.#queue.shift(); delivery; delivery = this.#queue.shift()) {
      const { id, webhook } = delivery;
      await this.#deliver(delivery).catch((error: unknown) =>
        logger.error({ webhook, delivery: id, error: String(error) }, 'a webhook delivery could not be worked on'),
      );
      this.#held.delete(id);
      if (signal.aborted) return;
      // Where this fails, the next sweep does it.
      if (this.#queue.length === 0 && this.#overflowed) await this.#refill().catch(() => undefined);
    }
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { clock, signal, limits } = this.#options;
    for (let attempts = delivery.attempts + 1; !signal.aborted; attempts++) {
      const began = clock.now();
      const sent = await this.#attempt(delivery);
      // A stop in mid-flight: the row waits for the next start.
      if (signal.aborted && sent.status === null) return;
      const ok = sent.status !== null && sent.status < 300;
      const over = ok || !sent.retriable || attempts > limits.max_retries;
      await this.#note(delivery, { sent, attempts, began, state: ok ? 'delivered' : over ? 'failed' : 'pending' });
      if (over) return;
      const wait = backoffMs(attempts, { baseMs: limits.retry_base_ms, maxMs: MAX_PAUSE_MS });
      await pause(Math.min(MAX_PAUSE_MS, Math.max(sent.retryAfterMs, wait)), signal);
    }
  }

  /** With the webhook's address, secret and status of this moment. */
  async #attempt({ id, webhook, body }: Delivery): Promise<Sent> {
    const { store, secrets, limits, clock, signal } = this.#options;
    const refused = (error: string, retriable = false): Sent => ({ status: null, body: '', error, retriable, retryAfterMs: 0 });
    try {
      const to = await store.get(webhook);
      if (to.status !== 'ACTIVE') return refused('the webhook was disabled');
      const message = { id, url: to.url, body, secret: secrets.open(to.secret, webhook) };
      const { timeout_ms: timeoutMs, allow_private_ips: allowPrivate } = limits;
      return await send(message, { timeoutMs, allowPrivate, nowMs: clock.now(), signal });
    } catch (error) {
      // A database that is away comes back; a webhook that is gone, or a secret under another key, does not.
      return refused((error as Error).message, !(error instanceof KnownError && error.spec.status < 500));
    }
  }

  async #note(
    { id, webhook, event }: Delivery,
    { sent, attempts, began, state }: { sent: Sent; attempts: number; began: number; state: Delivery['state'] },
  ): Promise<void> {
    const { store, clock, limits, logger } = this.#options;
    const now = clock.now();
    const outcome = { response_status: sent.status, duration_ms: now - began, error: sent.error.slice(0, 1000) };
    if (state !== 'pending') this.#settled.inc(1, { outcome: state });
    if (state === 'failed') logger.warn({ webhook, delivery: id, event, attempts, ...outcome }, 'a webhook was not delivered');
    await store.progress({ id, webhook }, { state, attempts, ...outcome, touch_time: now }, limits.keep);
  }

  #listeners(): Promise<readonly WebhookRecord[]> {
    const { store, clock } = this.#options;
    if (!this.#active || this.#active.until < clock.now()) {
      const webhooks = store.active();
      this.#active = { until: clock.now() + CACHE_MS, webhooks };
      webhooks.catch(() => this.forget());
    }
    return this.#active.webhooks;
  }
}
