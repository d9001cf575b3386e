import { type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';

/** `fetch` over a Unix socket, for what peers ask of each other: text bodies, answers that may be streams. Fails with a TypeError as `fetch` does. */
export function fetchOverSocket(socketPath: string): (target: URL, init: RequestInit) => Promise<Response> {
  return (target, { method = 'GET', headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const options = { socketPath, path: `${target.pathname}${target.search}`, method, agent: false, ...(signal ? { signal } : {}) };
      const sent = request({ ...options, headers: { ...(headers as Record<string, string>), host: target.host } }, (answer) =>
        resolve(responseOf(answer)),
      );
      sent.on('error', (error) => reject(error.name === 'AbortError' ? error : new TypeError('fetch failed', { cause: error })));
      sent.end(body as string | undefined);
    });
}

function responseOf(answer: IncomingMessage): Response {
  const headers = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]);
  const status = answer.statusCode as number;
  const isEmpty = status === 204 || status === 304;
  if (isEmpty) answer.resume();
  return new Response(isEmpty ? null : (Readable.toWeb(answer) as ReadableStream), { status, headers });
}
