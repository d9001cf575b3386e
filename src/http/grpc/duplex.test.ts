import { Client, type ClientDuplexStream, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { catalogue, type ErrorSpec } from '#kernel/errors.ts';
import { silentLogger } from '#kernel/logger.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { Guard } from '../guard.ts';
import { startGrpc } from './listen.ts';

const guard = new Guard({ loopback: true, allowedHosts: [], corsOrigins: [] });
const PATH = '/t.T/Ask';
const GRACE_MS = 20_000;
const asIs = (bytes: Buffer): Buffer => bytes;
const { fail } = catalogue({ wrong: { code: 'T_WRONG', status: 400, message: () => 'wrong' } satisfies ErrorSpec<Record<string, never>> });

/** Requests that came and were not answered yet, by their text. */
let begun: Map<string, () => void>;
let server: Awaited<ReturnType<typeof startGrpc>>;
let client: Client;

beforeEach(async () => {
  begun = new Map();
  const handle = async (bytes: Uint8Array): Promise<Uint8Array> => {
    const text = Buffer.from(bytes).toString();
    if (text === 'wrong') throw fail.wrong({});
    if (text.startsWith('wait')) await new Promise<void>((resolve) => begun.set(text, resolve));
    return bytes;
  };
  const methods = [{ kind: 'duplex', access: 'public', path: PATH, handle } as const];
  server = await startGrpc({ host: '127.0.0.1', port: 0, maxMessageBytes: 1e6, methods, guard, logger: silentLogger });
  client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
});
afterEach(async () => {
  client.close();
  await server.stop(0);
});

class Stream {
  readonly answers: string[] = [];
  ended: ServiceError | 'ok' | undefined;
  readonly #call: ClientDuplexStream<Buffer, Buffer> = client.makeBidiStreamRequest(PATH, asIs, asIs);

  constructor() {
    this.#call.on('data', (bytes: Buffer) => this.answers.push(bytes.toString()));
    this.#call.on('error', (error: ServiceError) => {
      this.ended = error;
    });
    this.#call.on('end', () => {
      this.ended ??= 'ok';
    });
  }

  ask(...texts: readonly string[]): void {
    for (const text of texts) this.#call.write(Buffer.from(text));
  }

  end(): void {
    this.#call.end();
  }
}

test('messages are worked on together and answered in their order', async () => {
  const stream = new Stream();
  stream.ask('wait 1', 'wait 2', 'quick', 'wait 3');
  stream.end();
  await waitFor('all to be begun', () => begun.size === 3);
  for (const text of ['wait 3', 'wait 2']) begun.get(text)?.();
  expect(stream.answers).toEqual([]);
  begun.get('wait 1')?.();
  await waitFor('the end', () => stream.ended);
  expect([stream.ended, stream.answers]).toEqual(['ok', ['wait 1', 'wait 2', 'quick', 'wait 3']]);
});

test('only so many are begun at once, and all are answered', async () => {
  const stream = new Stream();
  const texts = Array.from({ length: 100 }, (_, i) => `wait ${i}`);
  stream.ask(...texts);
  stream.end();
  let most = 0;
  await waitFor('the end', () => {
    most = Math.max(most, begun.size);
    for (const [text, answer] of begun) {
      begun.delete(text);
      answer();
    }
    return stream.ended;
  });
  expect(stream.answers).toEqual(texts);
  expect(most).toBeLessThanOrEqual(16);
});

test('a failure ends the stream after the answers before it', async () => {
  const stream = new Stream();
  stream.ask('wait 1', 'wrong', 'late');
  await waitFor('the first', () => begun.size === 1);
  begun.get('wait 1')?.();
  await waitFor('the end', () => stream.ended);
  expect(stream.answers).toEqual(['wait 1']);
  expect(stream.ended).toMatchObject({ code: status.INVALID_ARGUMENT, details: 'wrong' });
});

test('a server that stops answers what is begun, and does not wait for streams on which nobody asks', async () => {
  const idle = new Stream();
  const busy = new Stream();
  idle.ask('a');
  busy.ask('wait 1');
  await waitFor('both', () => idle.answers.length === 1 && begun.size === 1);
  let isStopped = false;
  const stopped = server.stop(GRACE_MS).then(() => {
    isStopped = true;
  });
  await waitFor('the idle stream to be ended', () => idle.ended);
  expect(idle.ended).toMatchObject({ code: status.UNAVAILABLE });
  expect([busy.ended, isStopped]).toEqual([undefined, false]);
  busy.ask('more');
  begun.get('wait 1')?.();
  await waitFor('the end', () => busy.ended);
  expect(busy.answers).toEqual(['wait 1', 'more']);
  expect(busy.ended).toMatchObject({ code: status.UNAVAILABLE });
  await stopped;
});
