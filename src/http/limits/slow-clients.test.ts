import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { silentLogger } from '#kernel/logger.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { Guard } from '../guard.ts';
import { Metrics } from '../metrics.ts';
import { bindRoutes, defineRoute } from '../route.ts';
import { HttpServer } from '../server.ts';

const BIG = 'x'.repeat(4_000_000);
/** More than the system takes of an answer that nobody reads. */
const HUGE = 'x'.repeat(40_000_000);
const guard = new Guard({ loopback: true, allowedHosts: [], corsOrigins: [] });

/** A server with one path of each kind: read past node:http, read by a role itself, read by the server, streamed. */
async function serving(limits: { bodyMs?: number; stallMs?: number }) {
  const server = new HttpServer({ guard, logger: silentLogger, metrics: new Metrics(), maxBodyBytes: 1e6, ...limits });
  let answered = 0;
  server.addDirect((path) => (path === '/direct' ? ({ reply }) => reply(200, [], ++answered > 0 ? BIG : '') : undefined));
  server.addFast((req, res) => {
    if (req.url !== '/fast' && req.url !== '/huge') return false;
    req.resume().on('end', () => res.end(req.url === '/huge' ? HUGE : BIG));
    return true;
  });
  const route = defineRoute<unknown>();
  const common = { method: 'POST', access: 'public', tag: 'system', summary: 'A path', input: z.looseObject({}) } as const;
  const streamed = async (_: unknown, __: unknown, { stream }: { stream: AsyncIterable<Uint8Array> }) => {
    let bytes = 0;
    for await (const part of stream) bytes += part.length;
    return { bytes };
  };
  server.add(
    bindRoutes({}, [
      route({ ...common, path: '/whole', handle: () => ({}) }),
      route({ ...common, path: '/streamed', body: 'stream', handle: streamed }),
    ]),
  );
  const port = await server.listen('127.0.0.1', 0);
  return { port, answered: () => answered, [Symbol.asyncDispose]: () => server.stop(0) };
}

async function open(port: number): Promise<{ socket: Socket; text: () => string; isClosed: () => boolean }> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let isClosed = false;
  socket.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  socket
    .on('error', () => {})
    .on('close', () => {
      isClosed = true;
    });
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, text: () => text, isClosed: () => isClosed };
}

const head = (path: string, length: number) =>
  `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;

test.each(['/direct', '/fast', '/whole'])(
  'a body that comes byte by byte to %s ends in 408, one that comes in time is answered',
  async (path) => {
    await using server = await serving({ bodyMs: 400 });
    const slow = await open(server.port);
    slow.socket.write(head(path, 1000));
    const drip = setInterval(() => slow.socket.write(' '), 20);
    const good = await open(server.port);
    good.socket.write(`${head(path, 2)}{}`);
    await waitFor('the answer to the others', () => good.text().startsWith('HTTP/1.1 200'));
    await waitFor('the end of the slow one', slow.isClosed);
    clearInterval(drip);
    expect(slow.text()).toMatch(/^HTTP\/1\.1 408 /u);
    good.socket.destroy();
  },
);

test('a streamed body may take its time', async () => {
  await using server = await serving({ bodyMs: 100, stallMs: 100 });
  const slow = await open(server.port);
  slow.socket.write(head('/streamed', 30));
  for (let i = 0; i < 30; i++) {
    const before = Date.now();
    slow.socket.write('x');
    await waitFor('some time', () => Date.now() - before > 15);
  }
  await waitFor('the answer', () => slow.text().includes('{"bytes":30}'));
  slow.socket.destroy();
});

test.each(['/direct', '/fast'])('a client that reads no answer of %s gets no further ones, and is cut', async (path) => {
  await using server = await serving({ stallMs: 400 });
  const deaf = await open(server.port);
  deaf.socket.pause();
  const asking = setInterval(() => deaf.socket.write(`${head(path, 2)}{}`), 5);
  // The system ends a connection that was cut at the next write.
  await waitFor('the cut', () => deaf.socket.destroyed, 5000);
  clearInterval(asking);
  expect(server.answered()).toBeLessThan(10);
});

test('a client that waits a little with its first answer is not cut, however long the server has been there', async () => {
  const stallMs = 6000;
  await waitFor('a process older than the limit, as a server mostly is', () => performance.now() > stallMs);
  await using server = await serving({ stallMs });
  const late = await open(server.port);
  late.socket.pause();
  late.socket.write(`${head('/huge', 2)}{}`);
  const asked = Date.now();
  await waitFor('the first look at connections', () => Date.now() - asked > stallMs / 4 + 100);
  late.socket.resume();
  await waitFor('the whole answer', () => late.text().length >= HUGE.length || late.isClosed());
  expect(late.text().length).toBeGreaterThan(HUGE.length);
  late.socket.destroy();
});

test('a client that reads slowly is not cut', { timeout: 30_000 }, async () => {
  await using server = await serving({ stallMs: 300 });
  const slow = await open(server.port);
  slow.socket.pause();
  slow.socket.write(`${head('/direct', 2)}{}`);
  while (slow.text().length < BIG.length) {
    const had = slow.text().length;
    slow.socket.resume();
    await waitFor('a part', () => slow.text().length > had);
    slow.socket.pause();
    const before = Date.now();
    await waitFor('a while', () => Date.now() - before > 15);
    expect(slow.isClosed()).toBe(false);
  }
  expect(slow.text().length).toBeGreaterThanOrEqual(BIG.length);
  slow.socket.destroy();
});
