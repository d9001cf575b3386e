import { fail as httpFail } from '#http/errors.ts';
import type { RequestContext } from '#http/route.ts';
import { fail } from '../errors.ts';
import { inflated, isEncoded, MAX_DROPPED_BYTES } from './inflated.ts';

interface Collecting {
  readonly held: { bytes: number };
  /** How much of what is too large is read on. */
  readonly maxDropped: number;
}

/** Room in memory for files that are being sent or looked at: one of the largest size, or as many smaller ones as fit. */
export class UploadRoom {
  readonly #limit: number;
  #held = 0;

  /** @param limit size of the largest file, and of all together, bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Reads a body, without its Content-Encoding, and holds it while `work` runs. Bounds hold for what is held.
   * @throws BODY_TOO_LARGE, UPLOAD_BUSY while others take the room, CONTENT_TYPE_UNSUPPORTED
   */
  async with<R>({ stream, headers }: Pick<RequestContext, 'stream' | 'headers'>, work: (bytes: Buffer) => Promise<R>): Promise<R> {
    const announced = Number(headers['content-length'] ?? 0);
    if (announced > this.#limit) throw httpFail.bodyTooLarge({ limit: this.#limit });
    const held = { bytes: 0 };
    try {
      const encoding = headers['content-encoding'];
      if (isEncoded(encoding)) {
        return await work(await this.#collect(inflated(stream, encoding as string), { held, maxDropped: 0 }));
      }
      this.#take(held, announced);
      return await work(await this.#collect(stream, { held, maxDropped: MAX_DROPPED_BYTES }));
    } finally {
      this.#held -= held.bytes;
    }
  }

  #take(held: { bytes: number }, upTo: number): void {
    const others = this.#held - held.bytes;
    if (others > 0 && others + upTo > this.#limit) throw fail.uploadBusy({ limit: this.#limit });
    this.#held = others + upTo;
    held.bytes = upTo;
  }

  async #collect(stream: AsyncIterable<Uint8Array>, { held, maxDropped }: Collecting): Promise<Buffer> {
    let parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of stream) {
      size += part.length;
      if (size <= this.#limit) parts.push(part);
      else parts = [];
      if (size > this.#limit + maxDropped) break;
      if (size > held.bytes && size <= this.#limit) this.#take(held, size);
    }
    if (size > this.#limit) throw httpFail.bodyTooLarge({ limit: this.#limit });
    return Buffer.concat(parts);
  }
}
