import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { messages } from '#contract/grpc/inference.ts';
import { encodeMessage } from '#http/grpc/protobuf.ts';
import { type Product, startProduct } from '#test/harness/product.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from './otlp-receiver.ts';
import { grpcAddress } from './serving-models.ts';
import { freePort, sideModel } from './small-models.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';
const TOLD = /OPENTELEMETRY IS LOADED/u;
/** Says on standard error when anything of the SDK is imported. */
const WATCH = `--import=data:text/javascript,${encodeURIComponent(
  "import { registerHooks } from 'node:module'; registerHooks({ resolve(name, context, next) { if (name.startsWith('@opentelemetry/')) console.error('OPENTELEMETRY IS LOADED'); return next(name, context); } });",
)}`;

async function upload(url: string): Promise<void> {
  const made = await fetch(`${url}/api/v1/deployments/side/versions?as=primary`, {
    method: 'POST',
    body: sideModel() as Uint8Array<ArrayBuffer>,
  });
  if (!made.ok) throw new Error(await made.text());
}

const ask = (url: string, path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });

const numbered = (n: number): string => n.toString(16).padStart(32, '0');

/** The spans of a trace that is known by its number, once the request's own has come. */
async function traceOf(receiver: OtlpReceiver, traceId: string): Promise<{ server: ReceivedSpan; parts: readonly ReceivedSpan[] }> {
  const of = () => receiver.spans.filter((span) => span.traceId === traceId);
  const server = await waitFor(`trace ${traceId}`, () => of().find(({ kind }) => kind === 2));
  return { server, parts: of().filter(({ kind }) => kind !== 2) };
}

describe('traces', () => {
  let receiver: OtlpReceiver;
  let product: Product;
  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/`,
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20secret,x-team=ml',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_SERVICE_NAME: 'side-server',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      TRAINYARD__SERVING__GRPC_PORT: '0',
      NODE_OPTIONS: WATCH,
    };
    product = await startProduct({ env });
    await upload(product.url);
  });
  afterAll(async () => {
    await product?.[Symbol.asyncDispose]();
    await receiver?.[Symbol.asyncDispose]();
  });

  test('a prediction goes on with the trace of its caller, and says which version answered, how long it waited and with how many', async () => {
    const answer = await ask(
      product.url,
      '/deployments/side/predict',
      { features: [5] },
      { traceparent: `00-${TRACE}-${CALLER}-01`, tracestate: 'a=b' },
    );
    const { prediction_id } = (await answer.json()) as { prediction_id: string };
    const { server, parts } = await traceOf(receiver, TRACE);
    expect(answer.headers.get('traceresponse')).toBe(`00-${TRACE}-${server.spanId}-01`);
    expect(server).toMatchObject({ name: 'POST /deployments/{name}/predict', parentId: CALLER, kind: 2, status: 0 });
    expect(server.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/deployments/{name}/predict',
      'url.path': '/deployments/side/predict',
      'http.response.status_code': 200,
      'trainyard.deployment': 'side',
      'trainyard.model.name': 'side',
      'trainyard.model.version': '1',
      'trainyard.rows': 1,
      'trainyard.batch.rows': 1,
      'trainyard.prediction.id': prediction_id,
    });
    expect(server.attributes['trainyard.queue.wait_ms']).toBeGreaterThanOrEqual(0);
    expect(parts).toMatchObject([{ name: 'run model', parentId: server.spanId, attributes: { 'trainyard.model.version': '1' } }]);
    const [run] = parts as [ReceivedSpan];
    expect(run.startMs).toBeGreaterThanOrEqual(server.startMs);
    expect(run.endMs).toBeLessThanOrEqual(server.endMs);
    expect(Math.abs(server.endMs - Date.now())).toBeLessThan(60_000);
    expect(server.resource).toMatchObject({ 'service.name': 'side-server', 'deployment.environment.name': 'test' });
    expect(server.headers).toMatchObject({ 'api-key': 'a secret', 'x-team': 'ml', 'content-encoding': 'gzip' });
    const events = join(product.data, 'events');
    const files = (await readdir(events, { recursive: true, withFileTypes: true })).filter((entry) => entry.name.endsWith('.log'));
    const texts = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')));
    expect(texts.join('')).toContain(`"traceparent":"00-${TRACE}-${server.spanId}-01"`);
    await waitFor('the index', async () => (await fetch(`${product.url}/api/v1/predictions/${prediction_id}`)).ok);
  });

  test.each([
    [1, '/predict', { features: [1] }, 200],
    [2, '/v2/models/side/infer', { inputs: [{ name: 'float_input', shape: [3, 1], datatype: 'FP32', data: [1, 2, 5] }] }, 200],
    [3, '/v1/models/side:predict', { instances: [[1]] }, 200],
    [4, '/deployments/side/invocations', { inputs: [[1]] }, 200],
    [5, '/deployments/side/predict', { features: ['no number'] }, 422],
    [6, '/v2/models/nobody/infer', { inputs: [] }, 404],
  ])('trace %i: every protocol has its span, refusals too (%s)', async (n, path, body, status) => {
    const answer = await ask(product.url, path, body, { traceparent: `00-${numbered(n)}-${CALLER}-01` });
    expect(answer.status, await answer.text()).toBe(status);
    const { server, parts } = await traceOf(receiver, numbered(n));
    expect(server).toMatchObject({ parentId: CALLER, status: 0, attributes: { 'http.response.status_code': status } });
    expect(answer.headers.get('traceresponse')).toContain(server.spanId);
    expect(parts).toHaveLength(status === 200 ? 1 : 0);
    if (path.includes('infer') && status === 200)
      expect(server.attributes).toMatchObject({ 'http.route': '/v2/models/{name}/infer', 'trainyard.rows': 3, 'trainyard.batch.rows': 3 });
  });

  test('gRPC calls carry traces too', async () => {
    const client = new Client(await grpcAddress(product.url), credentials.createInsecure());
    const metadata = new Metadata();
    metadata.set('traceparent', `00-${numbered(7)}-${CALLER}-01`);
    const input = { name: 'float_input', shape: [1, 1], datatype: 'FP32', contents: { fp32_contents: [5] } };
    const request = Buffer.from(encodeMessage(messages.InferRequest, { model_name: 'side', inputs: [input] }));
    const asIs = (bytes: Buffer): Buffer => bytes;
    await new Promise((resolve, reject) => {
      client.makeUnaryRequest('/inference.GRPCInferenceService/ModelInfer', asIs, asIs, request, metadata, {}, (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
    });
    client.close();
    const { server } = await traceOf(receiver, numbered(7));
    expect(server).toMatchObject({
      name: 'inference.GRPCInferenceService/ModelInfer',
      parentId: CALLER,
      attributes: { 'rpc.system.name': 'grpc', 'trainyard.model.version': '1', 'trainyard.rows': 1 },
    });
  });

  test('what the caller does not sample is not sent, what has no trace or a damaged one begins its own', async () => {
    await ask(product.url, '/predict', { features: [1] }, { traceparent: `00-${numbered(8)}-${CALLER}-00` });
    const damaged = await ask(product.url, '/predict', { features: [1] }, { traceparent: `00-${numbered(0)}-${CALLER}-01` });
    const fresh = await ask(product.url, '/predict', { features: [1] });
    for (const answer of [damaged, fresh]) {
      const [, traceId] = (answer.headers.get('traceresponse') as string).split('-');
      expect((await traceOf(receiver, traceId as string)).server.parentId).toBe('');
    }
    expect(receiver.spans.some(({ traceId }) => traceId === numbered(8))).toBe(false);
    expect(product.logs()).toMatch(TOLD);
  });
});

test('where nobody asks for traces nothing of OpenTelemetry is loaded', async () => {
  const env = { NODE_OPTIONS: WATCH, TRAINYARD__SERVING__GRPC_PORT: 'off' };
  for (const off of [{}, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_SDK_DISABLED: 'true' }]) {
    await using product = await startProduct({ env: { ...env, ...off } });
    await upload(product.url);
    expect((await ask(product.url, '/predict', { features: [1] })).headers.get('traceresponse')).toBeNull();
    expect(product.logs()).not.toMatch(TOLD);
  }
}, 60_000);

test('a receiver that is away costs spans, not answers, and is told once', async () => {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
    OTEL_EXPORTER_OTLP_TIMEOUT: '200',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_TRACES_SAMPLER: 'xray',
    OTEL_BSP_SCHEDULE_DELAY: '20',
  };
  await using product = await startProduct({ env: { ...env, TRAINYARD__SERVING__GRPC_PORT: 'off' } });
  await upload(product.url);
  const warnings = () => product.logs().match(/traces cannot be sent/gu)?.length ?? 0;
  await waitFor('the log', async () => {
    expect((await ask(product.url, '/predict', { features: [1] })).status).toBe(200);
    return warnings() > 0;
  });
  expect(warnings()).toBe(1);
  expect(product.logs().match(/OTEL_\w+/gu)).toEqual(['OTEL_TRACES_SAMPLER']);
  expect(await product.stop()).toBe(0);
}, 60_000);

test('workers send traces of what they answer', { timeout: 60_000 }, async () => {
  await using receiver = await startOtlpReceiver();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '50', TRAINYARD__SERVING__WORKERS: '2' };
  await using product = await startProduct({ env: { ...env, TRAINYARD__SERVING__GRPC_PORT: 'off' } });
  await upload(product.url);
  const traceparent = `00-${numbered(9)}-${CALLER}-01`;
  expect((await ask(product.url, '/predict', { features: [1] }, { traceparent })).status).toBe(200);
  const { server } = await traceOf(receiver, numbered(9));
  expect(server).toMatchObject({ parentId: CALLER, attributes: { 'trainyard.model.version': '1' } });
});
