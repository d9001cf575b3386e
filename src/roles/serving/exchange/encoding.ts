import type { Transform } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw, deflate, gzip } from 'node:zlib';
import { fail as httpFail } from '#http/errors.ts';
import type { IntakeAccount } from '#http/limits/intake.ts';

/** Answers below this size gain less from compression than it costs. */
export const COMPRESS_FROM = 4096;

const unpack = { gzip: createGunzip, 'x-gzip': createGunzip, br: createBrotliDecompress } as const;

/** What may come out of a body, and who counts it. */
interface Room {
  readonly limit: number;
  readonly account: IntakeAccount;
}

/**
 * Undoes the body's Content-Encoding; the limit holds for what comes out, so that a small body cannot fill the memory.
 * @throws CONTENT_TYPE_UNSUPPORTED for other encodings, BODY_TOO_LARGE, INFLIGHT_BYTES_EXCEEDED, BODY_NOT_JSON for bytes that are not what they say
 */
export async function decoded(body: Buffer, encoding: string | undefined, room: Room): Promise<Buffer> {
  let bytes = body;
  const steps = (encoding ?? '')
    .split(',')
    .map((s) => s.trim().toLowerCase())
    .filter((s) => s !== '' && s !== 'identity');
  if (steps.length > 2) throw unsupported(encoding as string);
  for (const step of steps.reverse()) bytes = await undo(step, bytes, room);
  return bytes;
}

async function undo(step: string, bytes: Buffer, room: Room): Promise<Buffer> {
  try {
    // Deflate means the zlib format (RFC 9110 §8.4.1.2); bare deflate is sent often enough to be taken too.
    if (step === 'deflate') return await through(((bytes[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw(), bytes, room);
    const tool = unpack[step as keyof typeof unpack];
    if (tool === undefined) throw unsupported(step);
    return await through(tool(), bytes, room);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code?.startsWith('Z_') || code?.startsWith('ERR_')) throw httpFail.bodyNotJson({ reason: `it is not ${step} data` });
    throw error;
  }
}

/** Counts what comes out as it comes: many small bodies may be large together. */
function through(tool: Transform, bytes: Buffer, { limit, account }: Room): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    tool.on('data', (part: Buffer) => {
      try {
        size += part.length;
        if (size > limit) throw httpFail.bodyTooLarge({ limit });
        account.take(part.length);
        parts.push(part);
      } catch (error) {
        tool.destroy();
        reject(error);
      }
    });
    tool.on('end', () => resolve(Buffer.concat(parts)));
    tool.on('error', reject);
    tool.end(bytes);
  });
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
