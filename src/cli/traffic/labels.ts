import { pause } from '#kernel/retry.ts';
import type { Client } from '../terminal/client.ts';

/** The true outcome of a row that was sent, by the key that it was sent with or by the id that it was given. */
export type Label = { readonly deployment: string; readonly actual: number | string } & (
  | { readonly key: string }
  | { readonly prediction_id: string }
);

interface FeedbackAnswer {
  readonly accepted: number;
  readonly unknown: readonly string[];
  readonly invalid: readonly { readonly message: string }[];
}

const MAX_ITEMS = 200;
const POLL_MS = 100;
/** A label may overtake the index that knows its key; it is then sent again, a few times. */
const MAX_TRIES = 5;

interface Waiting {
  readonly label: Label;
  readonly due: number;
  readonly tries: number;
}

const nameOf = (label: Label): string => ('key' in label ? label.key : label.prediction_id);

/** Sends labels some time after their predictions, many in one request. */
export class LabelQueue {
  readonly #client: Client;
  readonly #delayMs: number;
  #waiting: Waiting[] = [];
  #accepted = 0;
  #failed = 0;
  readonly #reasons = new Set<string>();

  constructor(client: Client, delayMs: number) {
    this.#client = client;
    this.#delayMs = delayMs;
  }

  get counts(): { readonly accepted: number; readonly failed: number; readonly reasons: readonly string[] } {
    return { accepted: this.#accepted, failed: this.#failed, reasons: [...this.#reasons].slice(0, 5) };
  }

  add(label: Label): void {
    this.#waiting.push({ label, due: performance.now() + this.#delayMs, tries: 0 });
  }

  /** Sends what is due until `ended` aborts, then all that is left, each after its delay. */
  async run(ended: AbortSignal): Promise<void> {
    while (!ended.aborted || this.#waiting.length > 0) {
      const due = this.#waiting.filter((waiting) => waiting.due <= performance.now()).slice(0, MAX_ITEMS);
      if (due.length === 0) await pause(POLL_MS);
      else {
        const taken = new Set(due);
        this.#waiting = this.#waiting.filter((waiting) => !taken.has(waiting));
        await this.#send(due);
      }
    }
  }

  async #send(sent: readonly Waiting[]): Promise<void> {
    try {
      const items = sent.map(({ label }) => label);
      const { accepted, unknown, invalid } = await this.#client.post<FeedbackAnswer>('/feedback', { items });
      this.#accepted += accepted;
      for (const { message } of invalid) this.#reasons.add(message);
      this.#failed += invalid.length;
      const missing = new Set(unknown);
      this.#again(sent.filter(({ label }) => missing.has(nameOf(label))));
    } catch (error) {
      this.#failed += sent.length;
      this.#reasons.add((error as Error).message);
    }
  }

  #again(sent: readonly Waiting[]): void {
    for (const { label, tries } of sent) {
      if (tries + 1 < MAX_TRIES) this.#waiting.push({ label, due: performance.now() + 500 * (tries + 1), tries: tries + 1 });
      else {
        this.#failed++;
        this.#reasons.add(`no prediction of ${label.deployment} has the ${'key' in label ? 'key' : 'id'} of its label`);
      }
    }
  }
}
