import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { silentLogger } from '#kernel/logger.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { startGrpc } from '../grpc/listen.ts';
import { Guard } from '../guard.ts';
import { Metrics } from '../metrics.ts';
import { bindRoutes } from '../route.ts';
import { HttpServer } from '../server.ts';
import { Intake } from './intake.ts';

const LIMIT = 1_000_000;
const PART = 400_000;
const PATHS = { ask: '/t.T/Ask', talk: '/t.T/Talk' };
const asIs = (bytes: Buffer): Buffer => bytes;
const guard = new Guard({ loopback: true, allowedHosts: [], corsOrigins: [] });

let intake: Intake;
let http: HttpServer;
let port: number;
let grpc: Awaited<ReturnType<typeof startGrpc>>;
let client: Client;
/** Calls that came and were not answered yet. */
let begun: (() => void)[];
let sockets: Socket[];

beforeEach(async () => {
  begun = [];
  sockets = [];
  intake = new Intake(LIMIT);
  const shared = { guard, logger: silentLogger, intake };
  http = new HttpServer({ ...shared, metrics: new Metrics(), maxBodyBytes: 5e6 });
  const input = z.object({ text: z.string() });
  const take = { method: 'POST', path: '/take', summary: '', access: 'public', input, handle: () => ({ taken: true }) } as const;
  http.add(bindRoutes({}, [take]));
  http.addDirect((path) => (path === '/direct' ? ({ reply }) => reply(200, [], 'direct') : undefined));
  http.addFast((req, res, { intake: given }) => {
    if (req.url !== '/direct') return false;
    try {
      given.open(res).expect(Number(req.headers['content-length']));
      res.end('ordinary');
    } catch {
      res.writeHead(429).end();
    }
    return true;
  });
  port = await http.listen('127.0.0.1', 0);
  const handle = async (bytes: Uint8Array): Promise<Uint8Array> => {
    await new Promise<void>((resolve) => begun.push(resolve));
    return bytes.subarray(0, 4);
  };
  const methods = [
    { kind: 'unary', access: 'public', path: PATHS.ask, handle },
    { kind: 'duplex', access: 'public', path: PATHS.talk, handle },
  ] as const;
  grpc = await startGrpc({ host: '127.0.0.1', port: 0, maxMessageBytes: 5e6, methods, ...shared });
  client = new Client(`127.0.0.1:${grpc.port}`, credentials.createInsecure());
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  client.close();
  await Promise.all([http.stop(0), grpc.stop(0)]);
});

/** What came back on a connection, as it comes. */
function send(text: string): { readonly socket: Socket; received(): string } {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  sockets.push(socket);
  let received = '';
  socket.on('data', (part: Buffer) => {
    received += part.toString();
  });
  socket.write(text);
  return { socket, received: () => received };
}

const head = (path: string, bytes: number): string =>
  `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`;
const beginning = `{"text":"${'x'.repeat(PART - 9)}`;

function ask(bytes: number): { ended: ServiceError | 'ok' | undefined } {
  const call: { ended: ServiceError | 'ok' | undefined } = { ended: undefined };
  client.makeUnaryRequest(PATHS.ask, asIs, asIs, Buffer.alloc(bytes), (error) => {
    call.ended = error ?? 'ok';
  });
  return call;
}

const exhausted = { code: status.RESOURCE_EXHAUSTED, details: expect.stringContaining('http.max_inflight_bytes') };

test('bodies that are on their way fill the room together: what is too much gets 429, and the others are answered', async () => {
  const first = send(head('/take', PART + 2) + beginning);
  const second = send(head('/take', PART + 2) + beginning);
  await waitFor('both', () => intake.heldBytes === 2 * PART);
  const third = send(head('/take', PART + 2) + beginning);
  await waitFor('the refusal', () => third.received().includes('INFLIGHT_BYTES_EXCEEDED'));
  expect(third.received()).toMatch(/^HTTP\/1.1 429 .*retry-after: 1\r\n/su);
  // Without a length it shows on the way.
  const chunked = send(
    `POST /take HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${PART.toString(16)}\r\n${beginning}\r\n`,
  );
  await waitFor('the refusal', () => chunked.received().startsWith('HTTP/1.1 429'));
  for (const { socket } of [first, second]) socket.write('"}');
  await waitFor('both answers', () => [first, second].every(({ received }) => received().includes('taken')));
  await waitFor('room', () => intake.heldBytes === 0);
});

test('small requests come in beside large ones that hold all the room', async () => {
  const large = send(head('/take', LIMIT) + 'x'.repeat(LIMIT - 1));
  await waitFor('it', () => intake.heldBytes === LIMIT - 1);
  const small = send(`${head('/take', 12)}{"text":"a"}`);
  await waitFor('its answer', () => small.received().includes('taken'));
  const call = ask(100);
  await waitFor('the call', () => begun.length === 1);
  begun[0]?.();
  await waitFor('its answer', () => call.ended);
  expect([call.ended, large.received()]).toEqual(['ok', '']);
});

test('a caller that goes gives its room back', async () => {
  const one = send(head('/take', PART + 2) + beginning);
  await waitFor('it', () => intake.heldBytes === PART);
  one.socket.destroy();
  await waitFor('room', () => intake.heldBytes === 0);
});

test('messages that are being answered fill the same room, and those that are on their way', async () => {
  const held = [ask(PART), ask(PART)];
  await waitFor('both', () => begun.length === 2);
  expect(intake.heldBytes).toBe(2 * PART);
  const refused = ask(PART);
  await waitFor('the refusal', () => refused.ended);
  expect(refused.ended).toMatchObject(exhausted);
  const body = send(head('/take', PART + 2) + beginning);
  await waitFor('the refusal', () => body.received().startsWith('HTTP/1.1 429'));
  for (const answer of begun.splice(0)) answer();
  await waitFor('the answers', () => held.every(({ ended }) => ended === 'ok'));
  expect(intake.heldBytes).toBe(0);
  const alone = ask(2 * LIMIT);
  await waitFor('what is too large beside others', () => begun.length === 1);
  begun[0]?.();
  await waitFor('its answer', () => alone.ended);
  expect([alone.ended, intake.heldBytes]).toEqual(['ok', 0]);
});

test('a message counts while it comes, and its caller is told before it is here', async () => {
  const session = connectHttp2(`http://127.0.0.1:${grpc.port}`).on('error', () => {});
  const open = () => {
    const stream = session.request({ ':method': 'POST', ':path': PATHS.ask, 'content-type': 'application/grpc', te: 'trailers' });
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(PART + 1, 1);
    const seen: { headers: IncomingHttpHeaders | undefined } = { headers: undefined };
    stream
      .on('error', () => {})
      .on('response', (headers) => {
        seen.headers = headers;
      });
    stream.write(Buffer.concat([prefix, Buffer.alloc(PART)]));
    return { stream, seen };
  };
  const first = open();
  const second = open();
  await waitFor('both', () => intake.heldBytes === 2 * PART);
  const { seen } = open();
  await waitFor('the refusal', () => seen.headers);
  expect(seen.headers).toMatchObject({ 'grpc-status': String(status.RESOURCE_EXHAUSTED) });
  first.stream.close();
  second.stream.end(Buffer.alloc(1));
  await waitFor('the message', () => begun.length === 1);
  await waitFor('room', () => intake.heldBytes === PART + 1);
  begun[0]?.();
  await waitFor('the end', () => intake.heldBytes === 0);
  session.destroy();
});

test('a stream counts what it has not answered, and ends by a message that is too much', async () => {
  const held = ask(2 * PART);
  await waitFor('it', () => begun.length === 1);
  const stream = client.makeBidiStreamRequest(PATHS.talk, asIs, asIs);
  const answers: Buffer[] = [];
  let ended: ServiceError | undefined;
  stream
    .on('data', (bytes: Buffer) => answers.push(bytes))
    .on('error', (error: ServiceError) => {
      ended = error;
    });
  for (let i = 0; i < 5; i++) {
    stream.write(Buffer.alloc(PART / 4));
    await waitFor('the message', () => begun.length === 2);
    begun.pop()?.();
    await waitFor('its answer', () => answers.length === i + 1);
  }
  expect(intake.heldBytes).toBe(2 * PART);
  stream.write(Buffer.alloc(PART));
  await waitFor('the refusal', () => ended);
  expect(ended?.code).toBe(status.RESOURCE_EXHAUSTED);
  begun[0]?.();
  await waitFor('the other call', () => held.ended === 'ok');
  await waitFor('room', () => intake.heldBytes === 0);
});

test('the direct way counts too, and what it has no room for is refused the ordinary way', async () => {
  const part = 200_000;
  const direct = () => send(head('/direct', part + 1) + 'x'.repeat(part));
  const held = Array.from({ length: 4 }, direct);
  await waitFor('all', () => intake.heldBytes >= 4 * part);
  const last = direct();
  await waitFor('more than there is room for', () => intake.heldBytes > 4 * part || last.received() !== '');
  const late = direct();
  await waitFor('a refusal', () => [last, late].some(({ received }) => received().startsWith('HTTP/1.1 429')));
  for (const { socket } of held) socket.write('x');
  await waitFor('the answers', () => held.every(({ received }) => received().endsWith('direct')));
});
