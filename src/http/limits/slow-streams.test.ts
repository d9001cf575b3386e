import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { test } from 'vitest';
import { silentLogger } from '#kernel/logger.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { startGrpc } from '../grpc/listen.ts';
import type { GrpcMethod } from '../grpc/method.ts';
import { Guard } from '../guard.ts';

const guard = new Guard({ loopback: true, allowedHosts: [], corsOrigins: [] });
const BIG = Buffer.alloc(4_000_000);
/** A gRPC message of no bytes. */
const EMPTY = Buffer.alloc(5);

const methods: GrpcMethod[] = [
  { kind: 'unary', access: 'public', path: '/t.T/Big', handle: () => BIG },
  { kind: 'duplex', access: 'public', path: '/t.T/Echo', handle: (bytes) => bytes },
];

async function serving(limits: { bodyMs?: number; stallMs?: number }) {
  const server = await startGrpc({ host: '127.0.0.1', port: 0, maxMessageBytes: 1e6, methods, guard, logger: silentLogger, ...limits });
  const sessions: ClientHttp2Session[] = [];
  return {
    /** @param window bytes of an answer that the client takes before it is asked again */
    session: (window?: number): ClientHttp2Session => {
      const session = connect(`http://127.0.0.1:${server.port}`, window === undefined ? {} : { settings: { initialWindowSize: window } });
      session.on('error', () => {});
      sessions.push(session);
      return session;
    },
    [Symbol.asyncDispose]: async () => {
      for (const session of sessions) session.destroy();
      await server.stop(0);
    },
  };
}

function call(
  session: ClientHttp2Session,
  path: string,
): { stream: ClientHttp2Stream; reset: () => number | undefined; bytes: () => number } {
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' });
  let bytes = 0;
  let reset: number | undefined;
  stream
    .on('error', () => {})
    .on('close', () => {
      reset = stream.rstCode;
    });
  stream.on('data', (part: Buffer) => {
    bytes += part.length;
  });
  return { stream, reset: () => reset, bytes: () => bytes };
}

const CANCEL = 8;

test('a call whose message does not come is cut, others on the connection go on', async () => {
  await using server = await serving({ bodyMs: 1000 });
  const session = server.session();
  const silent = call(session, '/t.T/Big');
  const dripping = call(session, '/t.T/Big');
  dripping.stream.write(EMPTY.subarray(0, 3));
  await waitFor('both to be cut', () => silent.reset() === CANCEL && dripping.reset() === CANCEL);
  const quick = call(session, '/t.T/Big');
  quick.stream.end(EMPTY);
  await waitFor('the answer', () => quick.bytes() === BIG.length + 5);
});

test('a call whose answer nobody reads is cut, a slow reader goes on', async () => {
  await using server = await serving({ stallMs: 1500 });
  const stuck = call(server.session(0), '/t.T/Big');
  stuck.stream.end(EMPTY);
  const slow = call(server.session(), '/t.T/Big');
  slow.stream.end(EMPTY);
  const pacing = setInterval(() => {
    slow.stream.pause();
    setTimeout(() => slow.stream.resume(), 30);
  }, 60);
  await waitFor('the cut', () => stuck.reset() === CANCEL);
  await waitFor('the slow reader', () => slow.bytes() === BIG.length + 5);
  clearInterval(pacing);
});

test('a call that streams may be silent for as long as it likes', async () => {
  await using server = await serving({ bodyMs: 500, stallMs: 500 });
  const session = server.session();
  const stream = call(session, '/t.T/Echo');
  stream.stream.write(EMPTY);
  await waitFor('the first answer', () => stream.bytes() === 5);
  const other = call(session, '/t.T/Big');
  await waitFor('time to pass for others', () => other.reset() === CANCEL);
  stream.stream.write(EMPTY);
  await waitFor('the second answer', () => stream.bytes() === 10);
});
