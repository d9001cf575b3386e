import type { IncomingMessage } from 'node:http';
import { fail } from './errors.ts';
import type { Style } from './route.ts';

/** Reads a whole body. @throws BODY_TOO_LARGE as soon as it is known */
export async function readBody(req: IncomingMessage, limit: number): Promise<Buffer> {
  const declared = Number(req.headers['content-length'] ?? 0);
  if (declared > limit) throw fail.bodyTooLarge({ limit });
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of req as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > limit) throw fail.bodyTooLarge({ limit });
    parts.push(part);
  }
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
}

/**
 * Refuses bodies that say they are something else than JSON. No Content-Type counts as JSON (the Triton client sends none), and so does curl's
 * default `application/x-www-form-urlencoded`, because a forgotten header is the commonest slip; MLflow's own rule is stricter and kept on its paths.
 */
export function checkJsonType(type: string | undefined, style: Style, method: string): void {
  const media = type?.split(';', 1)[0]?.trim().toLowerCase();
  if (style === 'mlflow') {
    if ((method === 'POST' || method === 'PUT') && media !== 'application/json')
      throw fail.inputInvalid({ detail: "Bad Request. Content-Type must be 'application/json'." });
    return;
  }
  if (media === undefined || media === '' || media === 'application/x-www-form-urlencoded' || media === 'application/octet-stream') return;
  if (media !== 'application/json' && !media.endsWith('+json'))
    throw fail.contentTypeUnsupported({ type: media, allowed: 'application/json' });
}

/** @throws BODY_NOT_JSON naming where it breaks */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw fail.bodyNotJson({ reason: (error as Error).message });
  }
}
