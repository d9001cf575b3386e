import { connect, type Socket } from 'node:net';

/** A bare connection whose answers are kept. */
export async function open(url: string): Promise<{ socket: Socket; received: () => string; closed: () => boolean }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = '';
  let closed = false;
  socket.setEncoding('utf8').on('data', (text: string) => {
    received += text;
  });
  socket
    .on('error', () => {})
    .on('close', () => {
      closed = true;
    });
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, received: () => received, closed: () => closed };
}

/** A POST request as it stands on the wire. */
export function post(path: string, body: string, headers: readonly string[] = [`content-length: ${Buffer.byteLength(body)}`]): string {
  return [`POST ${path} HTTP/1.1`, 'host: localhost', 'content-type: application/json', ...headers, '', body].join('\r\n');
}
