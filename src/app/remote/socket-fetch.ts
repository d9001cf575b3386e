import { type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';

/** `fetch` over a Unix socket, for what peers ask of each other: text bodies, answers that may be streams. Fails with a TypeError as `fetch` does. */
export function fetchOverSocket(socketPath: string): (target: URL, init: RequestInit) => Promise<Response> {
  return (target, { method = 'GET', headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const fail = (error: Error): void => reject(error.name === 'AbortError' ? error : new TypeError('fetch failed', { cause: error }));
      const options = { socketPath, path: `${target.pathname}${target.search}`, method, agent: false, ...(signal ? { signal } : {}) };
      const sent = request({ ...options, headers: { ...(headers as Record<string, string>), host: target.host } }, (answer) => {
        responseOf(answer).then(resolve, fail);
      });
      sent.on('error', fail);
      sent.end(body as string | undefined);
    });
}

/** Larger ones stay streams. */
const MAX_GATHERED_BYTES = 16 * 1024 * 1024;

async function responseOf(answer: IncomingMessage): Promise<Response> {
  const headers = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]);
  const status = answer.statusCode as number;
  const length = Number(answer.headers['content-length'] ?? Number.NaN);
  // Web streams cost several times what the bytes do.
  if (length <= MAX_GATHERED_BYTES) return new Response(await gathered(answer, length), { status, headers });
  const isEmpty = status === 204 || status === 304;
  if (isEmpty) answer.resume();
  return new Response(isEmpty ? null : (Readable.toWeb(answer) as ReadableStream), { status, headers });
}

/** The whole body in one piece of memory. */
function gathered(answer: IncomingMessage, length: number): Promise<Uint8Array<ArrayBuffer> | null> {
  return new Promise((resolve, reject) => {
    const bytes = new Uint8Array(length);
    let at = 0;
    answer.on('data', (part: Buffer) => {
      bytes.set(part, at);
      at += part.length;
    });
    answer.on('end', () => resolve(length === 0 ? null : bytes));
    answer.on('error', reject);
  });
}
