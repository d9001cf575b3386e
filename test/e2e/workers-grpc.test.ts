import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { messages } from '#contract/grpc/inference.ts';
import type { MessageShape } from '#contract/grpc/message.ts';
import { decodeMessage, encodeMessage, type Message } from '#http/grpc/protobuf.ts';
import { type Product, startProduct } from '#test/harness/product.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { call as callHttp } from './loop-story.ts';
import { grpcAddress } from './serving-models.ts';
import { deploy, registerVersion, setAlias, sideModel } from './small-models.ts';

const SERVICE = '/inference.GRPCInferenceService/';
const asIs = (bytes: Buffer): Buffer => bytes;
const input = (x: number): Message => ({ name: 'float_input', shape: [1, 1], datatype: 'FP32', contents: { fp32_contents: [x] } });
const inferBytes = (x: number, model_name = 'side', model_version = ''): Buffer =>
  Buffer.from(encodeMessage(messages.InferRequest, { model_name, model_version, inputs: [input(x)] }));

/** One client with a connection of its own. */
class Caller {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  }

  bytes(path: string, request: Buffer, metadata = new Metadata()): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(path, asIs, asIs, request, metadata, { deadline: Date.now() + 20_000 }, (error, answer) =>
        error ? reject(error) : resolve(answer as Buffer),
      );
    });
  }

  async ask(method: string, [takes, gives]: readonly [MessageShape, MessageShape], request: Message): Promise<Message> {
    return decodeMessage(gives, await this.bytes(SERVICE + method, Buffer.from(encodeMessage(takes, request))));
  }

  /** The version that answered, and what it said. */
  async infer(x: number, metadata?: Metadata): Promise<string> {
    return said(await this.bytes(`${SERVICE}ModelInfer`, inferBytes(x), metadata));
  }

  /** Answers of a stream, in their order. */
  stream(requests: readonly Buffer[]): Promise<string[]> {
    const { StreamInferResponse } = messages;
    return new Promise((resolve, reject) => {
      const answers: string[] = [];
      const call = this.#client.makeBidiStreamRequest(`${SERVICE}ModelStreamInfer`, asIs, asIs, new Metadata());
      call.on('data', (bytes: Buffer) => {
        const { error_message, infer_response } = decodeMessage(StreamInferResponse, bytes) as {
          error_message?: string;
          infer_response?: Message;
        };
        answers.push(error_message || said(Buffer.from(encodeMessage(messages.InferResponse, infer_response as Message))));
      });
      call.on('end', () => resolve(answers));
      call.on('error', reject);
      for (const request of requests) call.write(request);
      call.end();
    });
  }

  close(): void {
    this.#client.close();
  }
}

function said(bytes: Buffer): string {
  const { model_version, outputs, raw_output_contents } = decodeMessage(messages.InferResponse, bytes) as {
    model_version: string;
    outputs: { datatype: string; contents?: { bytes_contents?: Uint8Array[] } }[];
    raw_output_contents?: Uint8Array[];
  };
  const at = outputs.findIndex(({ datatype }) => datatype === 'BYTES');
  const raw = raw_output_contents?.[at];
  const text = raw ? Buffer.from(raw).subarray(4) : Buffer.from(outputs[at]?.contents?.bytes_contents?.[0] ?? []);
  return `${model_version} ${text.toString()}`;
}

let product: Product;
let callers: Caller[];
beforeAll(async () => {
  product = await startProduct({ env: { TRAINYARD__SERVING__WORKERS: '2', TRAINYARD__SERVING__GRPC_PORT: '0' } });
  for (const cut of [3, 4, 2]) await registerVersion(product.url, 'side', sideModel(cut));
  await setAlias(product.url, 'side', '1');
  const variants = [
    { role: 'primary', model: 'models:/side@production' },
    { role: 'shadow', model: 'models:/side/3' },
  ];
  expect((await deploy(product.url, 'side', variants)).status).toBe(200);
  const address = await grpcAddress(product.url);
  callers = Array.from({ length: 6 }, () => new Caller(address));
}, 60_000);
afterAll(async () => {
  for (const caller of callers ?? []) caller.close();
  await product?.[Symbol.asyncDispose]();
});

/** What stands in the logs of each worker. */
async function logged(): Promise<string[]> {
  const folders = (await readdir(join(product.data, 'workers'))).filter((name) => /^\d+$/u.test(name));
  return Promise.all(
    folders.map(async (name) => {
      const folder = join(product.data, 'workers', name, 'events');
      const files = (await readdir(folder)).filter((file) => file.endsWith('.log'));
      return (await Promise.all(files.map((file) => readFile(join(folder, file), 'latin1')))).join('');
    }),
  );
}

test('connections are dealt to the workers, which answer and record', async () => {
  for (const caller of callers) expect([await caller.infer(1), await caller.infer(5)]).toEqual(['1 left', '1 right']);
  const recorded = (await logged()).filter((text) => text.includes('"role":"primary"'));
  expect(recorded.length).toBe(2);
  await waitFor('the index', async () => {
    const { count } = await callHttp<{ count: number }>('GET', `${product.url}/api/v1/predictions/count?variant=primary`);
    return count === 2 * callers.length;
  });
});

test('calls that a worker cannot answer are answered by the main process', async () => {
  const [caller] = callers as [Caller];
  const { IndexRequest, IndexResponse, ModelRequest, ModelMetadata, StatisticsResponse, Empty, ServerMetadata, Ready } = messages;
  expect(await caller.ask('RepositoryIndex', [IndexRequest, IndexResponse], {})).toMatchObject({
    models: expect.arrayContaining([expect.objectContaining({ name: 'side' })]),
  });
  expect(await caller.ask('ModelMetadata', [ModelRequest, ModelMetadata], { name: 'side' })).toMatchObject({
    name: 'side',
    versions: ['1'],
  });
  expect(await caller.ask('ServerMetadata', [Empty, ServerMetadata], {})).toMatchObject({
    name: 'trainyard',
    version: expect.stringMatching(/\d/u),
  });
  expect(await caller.ask('ServerReady', [Empty, Ready], {})).toEqual({ ready: true });
  const { model_stats } = (await caller.ask('ModelStatistics', [ModelRequest, StatisticsResponse], { name: 'side' })) as {
    model_stats: { inference_count: number }[];
  };
  expect(Number(model_stats[0]?.inference_count)).toBeGreaterThanOrEqual(12);
  // Another version than the deployed one, and the shadow on demand.
  expect(said(await caller.bytes(`${SERVICE}ModelInfer`, inferBytes(3.5, 'side', '2')))).toBe('2 left');
  const pinned = new Metadata();
  pinned.set('x-trainyard-variant', 'shadow');
  expect(await caller.infer(2.5, pinned)).toBe('3 right');
  expect(await caller.stream([inferBytes(1), inferBytes(5), inferBytes(1, 'nobody')])).toEqual([
    '1 left',
    '1 right',
    expect.stringContaining('nobody'),
  ]);
});

test('workers answer streams themselves', async () => {
  const [first, second] = callers as [Caller, Caller];
  process.kill(product.pid, 'SIGSTOP');
  try {
    const requests = Array.from({ length: 200 }, (_, i) => inferBytes(i % 2 === 0 ? 1 : 5));
    const expected = requests.map((_, i) => (i % 2 === 0 ? '1 left' : '1 right'));
    expect(await Promise.all([first, second].map((caller) => caller.stream(requests)))).toEqual([expected, expected]);
  } finally {
    process.kill(product.pid, 'SIGCONT');
  }
});

test('refusals are the same, whoever answers', async () => {
  const [caller] = callers as [Caller];
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => status.OK,
      (error: ServiceError) => error.code,
    );
  expect(await codeOf(caller.bytes(`${SERVICE}ModelInfer`, inferBytes(1, 'nobody')))).toBe(status.NOT_FOUND);
  expect(await codeOf(caller.bytes(`${SERVICE}ModelInfer`, Buffer.from([0xff, 0xff])))).toBe(status.INVALID_ARGUMENT);
  expect(await codeOf(caller.bytes(`${SERVICE}Nothing`, Buffer.alloc(0)))).toBe(status.UNIMPLEMENTED);
  const two = encodeMessage(messages.InferRequest, { model_name: 'side', inputs: [{ ...input(1), shape: [1, 2] }] });
  expect(await codeOf(caller.bytes(`${SERVICE}ModelInfer`, Buffer.from(two)))).toBe(status.INVALID_ARGUMENT);
});

const BOTH_SIDES = Array.from({ length: 20 }, (_, i) => inferBytes(i % 2 === 0 ? 1 : 5));

test('a rolling restart and alias moves fail no call, and answers name the version that made them', { timeout: 120_000 }, async () => {
  const allowed = new Set(['1 left', '2 left', '1 right', '2 right']);
  let isOver = false;
  let answered = 0;
  const failures: string[] = [];
  const check = (answer: string, i: number): void => {
    answered++;
    if (!allowed.has(answer) || !answer.endsWith(i % 2 === 0 ? 'left' : 'right')) failures.push(answer);
  };
  const failed = (error: Error): string => `failed: ${error.message}`;
  const load = callers.map(async (caller, which) => {
    const isStreaming = which % 2 === 1;
    while (!isOver) {
      if (isStreaming) for (const [at, answer] of (await caller.stream(BOTH_SIDES).catch((e) => [failed(e)])).entries()) check(answer, at);
      else for (const at of [0, 1]) check(await caller.infer(at === 0 ? 1 : 5).catch(failed), at);
    }
  });
  const before = await callHttp<{ items: { pid: number }[] }>('GET', `${product.url}/api/v1/workers`);
  await callHttp('POST', `${product.url}/api/v1/workers/restart`);
  for (let i = 0; i < 6; i++) await setAlias(product.url, 'side', String(1 + (i % 2)));
  await waitFor(
    'the restart',
    async () => (await callHttp<{ restart: { state: string } }>('GET', `${product.url}/api/v1/workers`)).restart.state === 'done',
    60_000,
  );
  const after = await callHttp<{ items: { pid: number }[] }>('GET', `${product.url}/api/v1/workers`);
  const settled = answered;
  await waitFor('calls to go on', () => answered > settled + 50);
  isOver = true;
  await Promise.all(load);
  expect(failures).toEqual([]);
  expect(after.items.map(({ pid }) => pid)).not.toContain(before.items[0]?.pid);
});

test('a worker that dies is replaced, and its callers are answered again', { timeout: 60_000 }, async () => {
  const { items } = await callHttp<{ items: { pid: number }[] }>('GET', `${product.url}/api/v1/workers`);
  process.kill((items[0] as { pid: number }).pid, 'SIGKILL');
  for (const caller of callers) await waitFor('an answer', async () => (await caller.infer(5).catch(() => '')).endsWith('right'));
  await waitFor('the new worker', async () => {
    const now = await callHttp<{ items: { pid: number | null; state: string }[] }>('GET', `${product.url}/api/v1/workers`);
    return now.items.every(({ state, pid }) => state === 'running' && pid !== items[0]?.pid);
  });
  const address = await grpcAddress(product.url);
  const fresh = Array.from({ length: 4 }, () => new Caller(address));
  for (const caller of fresh) expect(await caller.infer(1)).toMatch(/left$/u);
  for (const caller of fresh) caller.close();
  expect(product.logs()).not.toContain('"level":"fatal"');
});
