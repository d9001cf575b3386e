import { connect, constants } from 'node:http2';
import { connect as openSocket } from 'node:net';
import { expect, test } from 'vitest';
import { type Logger, silentLogger } from '#kernel/logger.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { Guard } from '../guard.ts';
import { startGrpc } from './listen.ts';
import type { GrpcMethod } from './method.ts';

const guard = new Guard({ loopback: true, allowedHosts: [], corsOrigins: [] });
/** A gRPC message of no bytes. */
const EMPTY = Buffer.alloc(5);

test('a caller that breaks off its connection is no failure of ours', async () => {
  const failures: unknown[] = [];
  const logger: Logger = { ...silentLogger, error: (entry) => void failures.push(entry) };
  const methods: GrpcMethod[] = [{ kind: 'duplex', access: 'public', path: '/t.T/Echo', handle: (bytes) => bytes }];
  const server = await startGrpc({ host: '127.0.0.1', port: 0, maxMessageBytes: 1e6, methods, guard, logger });
  const session = connect(`http://127.0.0.1:${server.port}`).on('error', () => {});
  const path = '/t.T/Echo';
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' });
  let answers = 0;
  stream.on('error', () => {}).on('data', () => answers++);
  stream.write(EMPTY);
  await waitFor('an answer', () => answers > 0);
  session.goaway(constants.NGHTTP2_PROTOCOL_ERROR);
  await waitFor('the end of the connection', () => session.destroyed);
  await server.stop(1000);
  expect(failures).toEqual([]);
});

test('a stop waits neither for connections that say nothing nor for calls that only watch', { timeout: 30_000 }, async () => {
  const methods: GrpcMethod[] = [
    {
      kind: 'watch',
      access: 'public',
      path: '/t.T/Watch',
      async *handle(bytes, { signal }) {
        yield bytes;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    },
  ];
  const server = await startGrpc({ host: '127.0.0.1', port: 0, maxMessageBytes: 1e6, methods, guard, logger: silentLogger });
  const silent = openSocket({ host: '127.0.0.1', port: server.port, allowHalfOpen: true }).on('error', () => {});
  const session = connect(`http://127.0.0.1:${server.port}`).on('error', () => {});
  const stream = session.request({ ':method': 'POST', ':path': '/t.T/Watch', 'content-type': 'application/grpc', te: 'trailers' });
  let answers = 0;
  let told: unknown;
  stream.on('error', () => {}).on('data', () => answers++);
  stream.on('trailers', (trailers) => {
    told = trailers['grpc-status'];
  });
  stream.end(EMPTY);
  await waitFor('an answer', () => answers > 0);
  await server.stop(600_000);
  await waitFor('the end of the call', () => told !== undefined);
  expect(told).toBe('14');
  silent.destroy();
  session.destroy();
});
