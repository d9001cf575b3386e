import { createHash } from 'node:crypto';
import { fail } from '../runtime/errors.ts';

/** An answer as it is kept and sent again. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

interface Entry {
  readonly fingerprint: string;
  readonly answer: Promise<Answer>;
  bytes: number;
}

/**
 * Remembers answers by Idempotency-Key, so that a repeated request gets the same answer and makes no second event. Repeats that come while the first
 * is under way wait for it. Failures are not kept: a retry may do better. Memory is bounded by entries and bytes; the oldest go first.
 */
export class Idempotency {
  readonly #limits: { readonly entries: number; readonly bytes: number };
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(limits: { readonly entries: number; readonly bytes: number }) {
    this.#limits = limits;
  }

  /**
   * Runs `work` unless the key has an answer or is being answered.
   * @param scope who asks and where: keys of different callers and paths are different keys
   * @throws IDEMPOTENCY_KEY_INVALID, IDEMPOTENCY_KEY_REUSED, and what `work` throws
   */
  async once(request: { key: string; scope: string; body: Uint8Array }, work: () => Promise<Answer>): Promise<Answer> {
    const { key, scope, body } = request;
    if (!/^[\x20-\x7e]{1,255}$/u.test(key)) throw fail.keyInvalid({});
    const id = `${scope}\n${key}`;
    const fingerprint = createHash('sha256').update(body).digest('base64');
    const found = this.#entries.get(id);
    if (found) {
      if (found.fingerprint !== fingerprint) throw fail.keyReused({});
      const { status, headers, body: kept } = await found.answer;
      return { status, headers: { ...headers, 'idempotent-replayed': 'true' }, body: kept };
    }
    const entry: Entry = { fingerprint, answer: work(), bytes: 0 };
    this.#entries.set(id, entry);
    try {
      const answer = await entry.answer;
      if (answer.status < 300) this.#keep(entry, answer);
      else this.#entries.delete(id);
      return answer;
    } catch (error) {
      this.#entries.delete(id);
      throw error;
    }
  }

  #keep(entry: Entry, { body }: Answer): void {
    entry.bytes = body.length + 200;
    this.#bytes += entry.bytes;
    for (const [id, old] of this.#entries) {
      if (this.#entries.size <= this.#limits.entries && this.#bytes <= this.#limits.bytes) return;
      // Entries under way hold no answer yet and are waited for.
      if (old.bytes === 0) continue;
      this.#entries.delete(id);
      this.#bytes -= old.bytes;
    }
  }
}
