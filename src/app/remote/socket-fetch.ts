import type { IncomingMessage } from 'node:http';
import { request } from '#http/direct/node-http.ts';

/** What callers of a peer need of an answer; `fetch` gives such ones. */
export interface PeerAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
  json(): Promise<unknown>;
  /** May lie in shared memory. */
  bytes(): Promise<Uint8Array>;
  /** The body as it comes, to be iterated. */
  readonly body: unknown;
}

export type PeerFetch = (target: URL, init: RequestInit) => Promise<PeerAnswer>;

/** `fetch` over a Unix socket, for what peers ask of each other. Fails with a TypeError as `fetch` does. */
export function fetchOverSocket(socketPath: string): PeerFetch {
  return (target, { method = 'GET', headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const options = { socketPath, path: `${target.pathname}${target.search}`, method, agent: false, ...(signal ? { signal } : {}) };
      const sent = request({ ...options, headers: { ...(headers as Record<string, string>), host: target.host } }, (message) =>
        resolve(answerOf(message)),
      );
      sent.on('error', (error) => reject(error.name === 'AbortError' ? error : new TypeError('fetch failed', { cause: error })));
      sent.end(body as string | undefined);
    });
}

function answerOf(message: IncomingMessage): PeerAnswer {
  const status = message.statusCode as number;
  const bytes = (): Promise<Uint8Array> => wholeBody(message);
  const text = async (): Promise<string> => Buffer.from(await bytes()).toString('utf8');
  return {
    ok: status >= 200 && status < 300,
    status,
    headers: { get: (name) => message.headers[name]?.toString() ?? null },
    text,
    json: async () => JSON.parse(await text()) as unknown,
    bytes,
    body: message,
  };
}

/** One piece of shared memory where the length is known: events go on to other threads, and Web streams cost several times what the bytes do. */
async function wholeBody(message: IncomingMessage): Promise<Uint8Array> {
  const length = Number(message.headers['content-length'] ?? Number.NaN);
  if (Number.isNaN(length)) return Buffer.concat(await Array.fromAsync(message as AsyncIterable<Buffer>));
  const whole = new Uint8Array(new SharedArrayBuffer(length));
  let at = 0;
  for await (const part of message as AsyncIterable<Buffer>) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
