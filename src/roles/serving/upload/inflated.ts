import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { fail as httpFail } from '#http/errors.ts';
import { fail } from '../errors.ts';

type Body = AsyncIterable<Uint8Array>;
type Make = (firstByte: number) => Transform;

/** Deflate means the zlib format (RFC 9110 §8.4.1.2); bare deflate is sent often enough to be taken too. */
const DECODERS: ReadonlyMap<string, Make> = new Map<string, Make>([
  ['gzip', () => createGunzip()],
  ['x-gzip', () => createGunzip()],
  ['deflate', (first) => ((first & 0x0f) === 8 ? createInflate() : createInflateRaw())],
  ['br', () => createBrotliDecompress()],
]);

/** Of a body that is given up so much is read on and dropped, so that the answer arrives. */
export const MAX_DROPPED_BYTES = 64 * 2 ** 20;

/** Whether a body says that it is something else than what is in it. */
export const isEncoded = (encoding: string | undefined): boolean => !['', 'identity'].includes((encoding ?? '').trim().toLowerCase());

/**
 * A body without its Content-Encoding, piece by piece: whoever reads it bounds what comes out.
 * @throws CONTENT_TYPE_UNSUPPORTED, UPLOAD_REFUSED where it is not what it says
 */
export async function* inflated(body: Body, encoding: string): Body {
  const name = encoding.trim().toLowerCase();
  const make = DECODERS.get(name);
  if (!make) throw httpFail.contentTypeUnsupported({ type: `Content-Encoding ${name}`, allowed: 'gzip, deflate, br or identity' });
  const parts = body[Symbol.asyncIterator]();
  const first = await parts.next();
  if (first.done) return;
  const decoder = make(first.value[0] ?? 0);
  const fed = feed(decoder, first.value, parts).catch((error: Error) => decoder.destroy(error));
  try {
    yield* decoder;
  } catch (error) {
    const isItsFault = /^(?:Z_|ERR_|BROTLI)/u.test(String((error as { code?: unknown }).code));
    throw isItsFault ? fail.uploadRefused({ reason: `it is no ${name} data, as its Content-Encoding says.` }, error) : error;
  } finally {
    await fed;
  }
}

async function feed(decoder: Transform, first: Uint8Array, rest: AsyncIterator<Uint8Array>): Promise<void> {
  let dropped = 0;
  for (let part: Uint8Array | undefined = first; part !== undefined; part = await nextOf(rest)) {
    if (decoder.destroyed) dropped += part.length;
    else if (!decoder.write(part)) await drained(decoder);
    if (dropped > MAX_DROPPED_BYTES) return void (await rest.return?.());
  }
  if (!decoder.destroyed) decoder.end();
}

async function nextOf(parts: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  const next = await parts.next();
  return next.done ? undefined : next.value;
}

function drained(decoder: Transform): Promise<void> {
  return new Promise((resolve) => {
    decoder.once('drain', resolve);
    decoder.once('close', resolve);
  });
}
