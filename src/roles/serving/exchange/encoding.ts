import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants, deflate, gunzip, gzip, inflate, inflateRaw } from 'node:zlib';
import { fail as httpFail } from '#http/errors.ts';

/** Answers below this size gain less from compression than it costs. */
export const COMPRESS_FROM = 4096;

const unpack = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  br: promisify(brotliDecompress),
} as const;
const inflateZlib = promisify(inflate);
const inflateBare = promisify(inflateRaw);

/**
 * Undoes the body's Content-Encoding; the limit holds for what comes out, so that a small body cannot fill the memory.
 * @throws CONTENT_TYPE_UNSUPPORTED for other encodings, BODY_TOO_LARGE, BODY_NOT_JSON for bytes that are not what they say
 */
export async function decoded(body: Buffer, encoding: string | undefined, limit: number): Promise<Buffer> {
  let bytes = body;
  const steps = (encoding ?? '')
    .split(',')
    .map((s) => s.trim().toLowerCase())
    .filter((s) => s !== '' && s !== 'identity');
  if (steps.length > 2) throw unsupported(encoding as string);
  for (const step of steps.reverse()) bytes = await undo(step, bytes, limit);
  return bytes;
}

async function undo(step: string, bytes: Buffer, limit: number): Promise<Buffer> {
  const options = { maxOutputLength: limit };
  try {
    // Deflate means the zlib format (RFC 9110 §8.4.1.2); bare deflate is sent often enough to be taken too.
    if (step === 'deflate') return await (((bytes[0] ?? 0) & 0x0f) === 8 ? inflateZlib(bytes, options) : inflateBare(bytes, options));
    const tool = unpack[step as keyof typeof unpack];
    if (tool === undefined) throw unsupported(step);
    return await tool(bytes, options);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'ERR_BUFFER_TOO_LARGE') throw httpFail.bodyTooLarge({ limit });
    if (code?.startsWith('Z_') || code?.startsWith('ERR_')) throw httpFail.bodyNotJson({ reason: `it is not ${step} data` });
    throw error;
  }
}

function unsupported(type: string) {
  return httpFail.contentTypeUnsupported({ type: `Content-Encoding ${type}`, allowed: 'gzip, deflate, br or identity' });
}

export type Coding = 'gzip' | 'br' | 'deflate';

/** The best coding that the caller takes; gzip before br before deflate at equal weight, because it costs the least here. */
export function codingFor(accept: string | undefined): Coding | undefined {
  if (accept === undefined) return undefined;
  const weights = new Map<string, number>();
  for (const part of accept.toLowerCase().split(',')) {
    const [name, ...rest] = part.split(';').map((s) => s.trim());
    const q = rest.find((s) => s.startsWith('q='));
    weights.set(name as string, q === undefined ? 1 : Number(q.slice(2)) || 0);
  }
  let best: Coding | undefined;
  let most = 0;
  for (const coding of ['gzip', 'br', 'deflate'] as const) {
    const weight = weights.get(coding) ?? weights.get('*') ?? 0;
    if (weight > most) {
      best = coding;
      most = weight;
    }
  }
  return best;
}

const gzipAsync = promisify(gzip);
const deflateAsync = promisify(deflate);
const brotliAsync = promisify(brotliCompress);

/** Compresses in zlib's own threads. */
export function encoded(body: string | Uint8Array, coding: Coding): Promise<Buffer> {
  if (coding === 'gzip') return gzipAsync(body, { level: 4 });
  if (coding === 'deflate') return deflateAsync(body, { level: 4 });
  return brotliAsync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } });
}
