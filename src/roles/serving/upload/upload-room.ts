import { fail as httpFail } from '#http/errors.ts';
import type { RequestContext } from '#http/route.ts';
import { fail } from '../errors.ts';

/** Of a body that turns out too large this much is read on and dropped, so that the answer arrives. */
const MAX_DROPPED_BYTES = 64 * 2 ** 20;

/** Room in memory for files that are being sent or looked at: one of the largest size, or as many smaller ones as fit. */
export class UploadRoom {
  readonly #limit: number;
  #held = 0;

  /** @param limit size of the largest file, and of all together, bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Reads a body and holds it while `work` runs.
   * @throws HTTP_BODY_TOO_LARGE, UPLOAD_BUSY while others take the room
   */
  async with<R>({ stream, headers }: Pick<RequestContext, 'stream' | 'headers'>, work: (bytes: Buffer) => Promise<R>): Promise<R> {
    const announced = Number(headers['content-length'] ?? 0);
    if (announced > this.#limit) throw httpFail.bodyTooLarge({ limit: this.#limit });
    const held = { bytes: 0 };
    try {
      this.#take(held, announced);
      return await work(await this.#collect(stream, held));
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

  async #collect(stream: AsyncIterable<Uint8Array>, held: { bytes: number }): Promise<Buffer> {
    let parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of stream) {
      size += part.length;
      if (size <= this.#limit) parts.push(part);
      else parts = [];
      if (size > this.#limit + MAX_DROPPED_BYTES) break;
      if (size > held.bytes && size <= this.#limit) this.#take(held, size);
    }
    if (size > this.#limit) throw httpFail.bodyTooLarge({ limit: this.#limit });
    return Buffer.concat(parts);
  }
}
