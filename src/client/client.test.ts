import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { waitFor } from '#test/harness/wait-for.ts';
import { Trainyard, TrainyardError, UnreachableError } from './client.ts';

interface Seen {
  readonly call: string;
  readonly body: Record<string, unknown[]>;
}

/** A server that answers in turn, the last way for ever; `null` breaks the connection. */
async function answering(...ways: ({ status?: number; headers?: Record<string, string>; body?: unknown } | null)[]) {
  const seen: Seen[] = [];
  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const text = Buffer.concat(await Array.fromAsync(req)).toString();
    seen.push({ call: `${req.method} ${req.url}`, body: text === '' ? {} : JSON.parse(text) });
    const way = ways.length > 1 ? ways.shift() : ways[0];
    if (!way) res.destroy();
    else res.writeHead(way.status ?? 200, { 'content-type': 'application/json', ...way.headers }).end(JSON.stringify(way.body ?? {}));
  };
  const server = createServer((req, res) => void handle(req, res));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  return { url, seen, [Symbol.asyncDispose]: close };
}

const run = { run: { info: { run_id: 'r1', experiment_id: '1', status: 'RUNNING', artifact_uri: 'mlflow-artifacts:/1/r1/artifacts' } } };
const experiment = { body: { experiment: { experiment_id: '1' } } };

test('a busy server is asked again after the time that it names', async () => {
  await using server = await answering({ status: 503, headers: { 'retry-after': '0' } }, { status: 429 }, { body: { count: 7 } });
  expect(await new Trainyard({ url: server.url }).predictions.count({ deployment: 'iris' })).toBe(7);
  expect(server.seen.map(({ call }) => call)).toEqual(Array(3).fill('GET /api/v1/predictions/count?deployment=iris'));
});

test('what could happen twice is not repeated when a connection breaks, other things are', async () => {
  await using server = await answering(experiment, null, { body: run });
  const trainyard = new Trainyard({ url: server.url });
  await expect(trainyard.runs.start({ experiment: 'x' })).rejects.toBeInstanceOf(UnreachableError);
  expect(server.seen.map(({ call }) => call.split('/').at(-1))).toEqual(['get-by-name?experiment_name=x', 'create']);
  await using broken = await answering(null, { body: { prediction: 1 } });
  const asking = new Trainyard({ url: broken.url }).predictions;
  expect(await asking.predict([1], { idempotencyKey: 'k' })).toEqual({ prediction: 1 });
  expect(broken.seen).toHaveLength(2);
});

test('a refusal is told in the words of the server, whichever form it has', async () => {
  const problem = { code: 'X_BAD', detail: 'No.', hint: 'Try b.', errors: [{ field: 'a', message: 'is bad' }], request_id: '1' };
  await using platform = await answering({ status: 422, body: problem, headers: { 'x-request-id': 'q1' } });
  const failure = await new Trainyard({ url: platform.url }).predictions.predict({ a: 1 }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(TrainyardError);
  const fields = [{ field: 'a', message: 'is bad' }];
  expect(failure).toMatchObject({ message: 'No.', status: 422, code: 'X_BAD', hint: 'Try b.', fields, requestId: 'q1' });
  await using mlflow = await answering({ status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'Run not found' } });
  await expect(new Trainyard({ url: mlflow.url }).runs.get('none')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' });
});

test('nobody at the address is a failure of its own kind', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.close();
  const trainyard = new Trainyard({ url, attempts: 2 });
  await expect(trainyard.registry.models()).rejects.toThrow(`No server answers at ${url} (ECONNREFUSED).`);
});

test('long curves go in several requests, and what JSON lacks by name', async () => {
  await using server = await answering({ body: run }, {});
  const logged = await new Trainyard({ url: server.url }).runs.open('r1');
  await logged.logHistory(
    'loss',
    Array.from({ length: 2500 }, (_, step) => ({ value: step === 0 ? Number.NaN : step, step, atMs: step })),
  );
  expect(server.seen.slice(1).map(({ body }) => body['metrics']?.length)).toEqual([1000, 1000, 500]);
  expect(server.seen[1]?.body['metrics']?.[0]).toEqual({ key: 'loss', value: 'NaN', timestamp: 0, step: 0 });
});

test('a signal ends the waiting', async () => {
  await using server = await answering({ status: 503, headers: { 'retry-after': '20' } });
  const stop = new AbortController();
  const asked = new Trainyard({ url: server.url, signal: stop.signal }).predictions.count();
  const failed = expect(asked).rejects.toThrow('enough');
  await waitFor('the first try', () => (server.seen.length > 0 ? true : undefined));
  stop.abort(new Error('enough'));
  await failed;
});
