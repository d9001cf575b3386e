import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fail } from './errors.ts';
import type { IntakeAccount } from './limits/intake.ts';
import type { Style } from './route.ts';

/**
 * Reads a whole body. The stream stays open whatever happens: an answer must still be possible.
 * @throws BODY_TOO_LARGE, INFLIGHT_BYTES_EXCEEDED as soon as it is known
 */
export async function readBody(req: IncomingMessage, limit: number, account: IntakeAccount): Promise<Buffer> {
  const declared = Number(req.headers['content-length'] ?? 0);
  if (declared > limit) throw fail.bodyTooLarge({ limit });
  account.expect(declared);
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    const take = (part: Buffer): void => {
      try {
        size += part.length;
        if (size > limit) throw fail.bodyTooLarge({ limit });
        account.take(part.length);
        parts.push(part);
      } catch (error) {
        req.off('data', take);
        parts.length = 0;
        reject(error);
      }
    };
    req.on('data', take);
    req.on('end', () => resolve(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)));
    req.on('error', () => reject(fail.requestInvalid({ reason: 'the connection ended before the body did.' })));
    // A request that is over already has no more events to wait for.
    if (req.readableEnded) resolve(Buffer.alloc(0));
  });
}

/** Parts of a body that wait to be taken, bytes; when there are as many, the sender waits. */
const MOST_WAITING = 512 * 1024;

/**
 * A body as it comes in, part by part as node made them. Node's own iterator joins parts into copies where two have come, and cuts the connection where its
 * reader stops early, so that an answer could not be heard any more. Reading begins at once: a part that waits in node's stream would be joined later.
 */
export class BodyParts implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #req: IncomingMessage;
  readonly #waiting: Buffer[] = [];
  #bytes = 0;
  #ended: boolean;
  #left = false;
  #failure: unknown;
  #wake: (() => void) | undefined;

  constructor(req: IncomingMessage) {
    this.#req = req;
    this.#ended = req.readableEnded;
    if (!this.#ended && req.destroyed) this.#failure = cutOff();
    req.on('data', this.#take).once('end', this.#end).once('error', this.#fail).once('close', this.#close);
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    for (;;) {
      const part = this.#waiting.shift();
      if (part) {
        this.#bytes -= part.length;
        if (this.#bytes < MOST_WAITING && this.#req.isPaused()) this.#req.resume();
        return { done: false, value: part };
      }
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.leave();
    return { done: true, value: undefined };
  }

  /** Nobody reads on: what still comes is not kept. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#req.off('data', this.#take).off('end', this.#end).off('error', this.#fail).off('close', this.#close);
    this.#waiting.length = 0;
    this.#ended = true;
    this.#wake?.();
  }

  readonly #take = (part: Buffer): void => {
    this.#waiting.push(part);
    this.#bytes += part.length;
    if (this.#bytes >= MOST_WAITING) this.#req.pause();
    this.#wake?.();
  };

  readonly #end = (): void => {
    this.#ended = true;
    this.#wake?.();
  };

  readonly #fail = (error: unknown): void => {
    this.#failure ??= error;
    this.#wake?.();
  };

  readonly #close = (): void => {
    if (!this.#ended) this.#fail(cutOff());
  };
}

/** What node itself says where a connection ended before the body did. */
function cutOff(): Error {
  return Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
}

/** Most of a refused body that is read to be thrown away, and how long that may take. */
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024;
const MAX_DISCARD_MS = 10_000;

/**
 * To be called before the head of an answer is written that comes before the whole body has: node closes a connection at the end of the answer where the
 * caller or we said so, which resets it while bytes are unread, and the caller sees that instead of the answer. It is closed once the body is here.
 */
export function closeAfterRest(req: IncomingMessage, res: ServerResponse): void {
  if (req.complete || req.destroyed || res.headersSent) return;
  if (res.shouldKeepAlive && res.getHeader('connection') === undefined) return;
  res.shouldKeepAlive = true;
  res.removeHeader('connection');
  const { socket } = req;
  const close = (): void => void socket.end();
  req.once('end', () => {
    if (res.writableFinished) close();
    else res.once('finish', close);
  });
}

/**
 * Reads and drops what is left of a body whose request is answered before it was read: closing a connection on unread bytes resets it, and the caller would
 * see that instead of the answer. What goes on for too long ends the connection. With `res` it is called before the answer's head is written.
 */
export function discardRest(req: IncomingMessage, res?: ServerResponse): void {
  if (req.complete || req.destroyed) return;
  if (res) closeAfterRest(req, res);
  const { socket } = req;
  const end = (): void => void socket.destroy();
  const late = setTimeout(end, MAX_DISCARD_MS).unref();
  let left = MAX_DISCARDED_BYTES;
  req.on('data', (part: Buffer) => {
    left -= part.length;
    if (left < 0) end();
  });
  req.on('close', () => clearTimeout(late));
  req.resume();
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

/** Deepest nesting of a body: far beyond any form that is taken here, far below what overflows a recursive reader. */
const MAX_DEPTH = 100;
/** Shorter bodies cannot nest deep enough to do harm, and are not looked through. */
const SHORT_BYTES = 1024;

/** @throws BODY_NOT_JSON naming where it breaks, BODY_TOO_DEEP */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  if (!isUtf8(body)) throw fail.bodyNotJson({ reason: 'it is not UTF-8 text' });
  if (body.length > SHORT_BYTES && isDeeperThan(MAX_DEPTH, body)) throw fail.bodyTooDeep({ limit: MAX_DEPTH });
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw fail.bodyNotJson({ reason: (error as Error).message });
  }
}

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];

/** Counts open brackets outside texts. On what is no JSON the result means nothing, and the parser says so itself. */
function isDeeperThan(limit: number, body: Buffer): boolean {
  let depth = 0;
  let inText = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (inText) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inText = false;
    } else if (byte === QUOTE) inText = true;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      if (++depth > limit) return true;
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--;
  }
  return false;
}
