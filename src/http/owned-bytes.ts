import type { ServerResponse } from 'node:http';
import { Readable, type Writable } from 'node:stream';

/**
 * Gives memory back at once that nobody else has. Bytes of a socket or file lie outside V8's heap, and V8 answers every 10 MB of them with a collection of
 * the whole heap, which costs several times what passing the bytes on does, and holds up predictions on the same thread.
 */
function free(bytes: Uint8Array): void {
  const { buffer } = bytes;
  // Small buffers share one piece of memory, which is left alone.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength && buffer.byteLength > 0) buffer.transfer(0);
}

/** A body as it comes in; each part is freed when the next one is asked for, so a part that is kept must be copied. */
export function freedAfterUse(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const parts = body[Symbol.asyncIterator]();
      let last: Uint8Array | undefined;
      return {
        async next() {
          if (last) free(last);
          const result = await parts.next();
          last = result.done ? undefined : result.value;
          return result;
        },
        return: async () => parts.return?.() ?? { done: true, value: undefined },
      };
    },
  };
}

/** The body of an answer whose parts belong to nobody else: each is freed when it is sent. */
export class OwnedBytes {
  readonly #parts: AsyncIterable<Uint8Array> | undefined;
  /** All of it, where it was read at once. */
  readonly whole: Uint8Array | undefined;
  constructor(parts: AsyncIterable<Uint8Array> | Uint8Array) {
    this.whole = parts instanceof Uint8Array ? parts : undefined;
    this.#parts = parts instanceof Uint8Array ? undefined : parts;
  }

  /** To be called before `whole` is sent as the answer's body: node is done with it when the answer is finished, never before. */
  freeAfter(res: ServerResponse): void {
    const { whole } = this;
    if (whole) res.once('finish', () => free(whole));
  }

  /** A stream whose `pipe` frees the parts. */
  stream(): Readable {
    const stream = Readable.from(this.#parts ?? [this.whole], { objectMode: false });
    stream.pipe = <W extends NodeJS.WritableStream>(to: W): W => {
      void send(stream, to as unknown as Writable);
      return to;
    };
    return stream;
  }
}

async function send(from: Readable, to: Writable): Promise<void> {
  try {
    for await (const part of from as AsyncIterable<Uint8Array>) {
      await new Promise<void>((resolve, reject) => to.write(part, (error) => (error ? reject(error) : resolve())));
      free(part);
    }
    to.end();
  } catch {
    // Whoever watches the stream hears of its failures; when the receiver has left, nobody needs to.
    from.destroy();
  }
}
