import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { BodyParts, parseJson } from './body.ts';

const nested = (levels: number, pad = 0): Buffer => Buffer.from(`${' '.repeat(pad)}${'['.repeat(levels)}${']'.repeat(levels)}`);

test('a body is refused where it is no JSON, no UTF-8 or too deep', () => {
  expect(parseJson(Buffer.from('{"a":[1]}'))).toEqual({ a: [1] });
  expect(parseJson(Buffer.alloc(0))).toBeUndefined();
  expect(() => parseJson(Buffer.from('{"a":NaN}'))).toThrow('not valid JSON');
  expect(() => parseJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow('UTF-8');
  expect(() => parseJson(nested(10_000))).toThrow('100 levels');
  expect(() => parseJson(nested(101, 2000))).toThrow('100 levels');
  expect(() => parseJson(nested(100, 2000))).not.toThrow();
});

test('brackets inside texts are not nesting', () => {
  const text = `${'[{'.repeat(2000)}\\" ${'['.repeat(2000)} \\\\`;
  expect(parseJson(Buffer.from(JSON.stringify({ a: text, b: [text] })))).toEqual({ a: text, b: [text] });
});

/** Sends a request with raw text; `read` gets the request as the server sees it. */
async function received<T>(text: string, read: (req: IncomingMessage, end: () => void) => Promise<T>): Promise<T> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
  socket.write(text);
  try {
    const [req] = (await once(server, 'request')) as [IncomingMessage];
    return await read(req, () => socket.destroy());
  } finally {
    socket.destroy();
    server.closeAllConnections();
    server.close();
  }
}

const head = (length: number): string => `PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`;

test('the parts of a body come whole and in order, however slowly they are taken', async () => {
  const body = Array.from({ length: 400_000 }, (_, i) => `${i} `).join('');
  const got = await received(head(body.length) + body, async (req) => {
    const parts: Uint8Array[] = [];
    for await (const part of new BodyParts(req)) {
      parts.push(part);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return Buffer.concat(parts).toString();
  });
  expect(got === body).toBe(true);
});

test('a body that was sent before anybody reads it is not lost, and an empty one has no parts', async () => {
  const read = async (req: IncomingMessage) => {
    const parts = new BodyParts(req);
    await once(req, 'end');
    return Buffer.concat(await Array.fromAsync(parts)).toString();
  };
  expect(await received(`${head(5)}hello`, read)).toBe('hello');
  expect(await received(head(0), (req) => Array.fromAsync(new BodyParts(req)))).toEqual([]);
});

test('a connection that ends before its body is told as that', async () => {
  const reading = received(`${head(100)}half`, async (req, end) => {
    for await (const _ of new BodyParts(req)) end();
  });
  await expect(reading).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('a reader that stops early leaves the connection for the answer', async () => {
  const still = await received(`${head(100)}half`, async (req) => {
    for await (const _ of new BodyParts(req)) break;
    return { destroyed: req.destroyed, kept: req.listenerCount('data') };
  });
  expect(still).toEqual({ destroyed: false, kept: 0 });
});
