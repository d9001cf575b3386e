import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Product, startProduct } from '#test/harness/product.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { call, ready } from './loop-story.ts';
import { post, registerOnnx } from './serving-models.ts';

const row = { features: [5.1, 3.5, 1.4, 0.2] };
const house = {
  MedInc: 8.3,
  HouseAge: 41,
  AveRooms: 6.9,
  AveBedrms: 1.02,
  Population: 322,
  AveOccup: 2.55,
  Latitude: 37.88,
  Longitude: -122.23,
};

describe('the protocols of the serving role', () => {
  let product: Product;
  let url: string;

  beforeAll(async () => {
    product = await startProduct({
      args: ['--examples'],
      env: { TRAINYARD__SERVING__GRPC_PORT: 'off', TRAINYARD__SERVING__TRITON_METRICS: 'true' },
    });
    url = product.url;
    await ready({ core: url, serving: url });
    await registerOnnx(url, 'every-type', new URL('../fixtures/onnx/every-type.onnx', import.meta.url));
  }, 120_000);

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  const send = (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
    fetch(`${url}${path}`, { method: 'POST', body: body as string, headers: { 'content-type': 'application/json', ...headers } });

  test('what Triton counts is on the page under its names, and is what the statistics say', async () => {
    const input = { name: 'float_input', shape: [2, 4], datatype: 'FP32', data: [...row.features, ...row.features] };
    await post(`${url}/v2/models/iris/infer`, { inputs: [input] });
    const { model_stats } = await call<{ model_stats: { version: string }[] }>('GET', `${url}/v2/models/iris/stats`);
    const page = await (await fetch(`${url}/metrics`)).text();
    const value = (name: string): number =>
      Number(new RegExp(`^${name}\\{model="iris",version="${model_stats[0]?.version}"\\} (\\S+)$`, 'mu').exec(page)?.[1]);
    expect(value('nv_inference_count')).toBeGreaterThanOrEqual(2);
    expect(value('nv_inference_exec_count')).toBeGreaterThanOrEqual(1);
    expect(value('nv_inference_request_success')).toBeGreaterThanOrEqual(1);
    expect(value('nv_inference_request_duration_us')).toBeGreaterThan(value('nv_inference_compute_infer_duration_us'));
    expect(value('nv_inference_pending_request_count')).toBe(0);
  });

  test('a bucket of latencies names a prediction that can be looked up', async () => {
    await post(`${url}/predict`, row);
    const page = await (await fetch(`${url}/metrics`, { headers: { accept: 'application/openmetrics-text' } })).text();
    const [, id] =
      /^model_prediction_duration_histogram_seconds_bucket\{.*deployment="iris".*# \{prediction_id="([^"]+)"\}/mu.exec(page) ?? [];
    const found = await waitFor('the prediction of an exemplar', async () => {
      const answer = await fetch(`${url}/api/v1/predictions/${id}`);
      return answer.ok ? ((await answer.json()) as { deployment: string }) : undefined;
    });
    expect(found.deployment).toBe('iris');
  });

  test('KServe V1: rows as lists and as objects', async () => {
    const named = { sepal_length: 6.3, sepal_width: 3.3, petal_length: 6, petal_width: 2.5 };
    expect(await post(`${url}/v1/models/iris:predict`, { instances: [row.features, named] })).toEqual({
      predictions: ['setosa', 'virginica'],
    });
    expect(await call('GET', `${url}/v1/models`)).toEqual({ models: ['housing', 'iris'] });
    expect(await call('GET', `${url}/v1/models/iris`)).toEqual({ name: 'iris', ready: true });
    const missing = await send('/v1/models/nobody:predict', '{"instances":[[1]]}');
    expect([missing.status, ((await missing.json()) as { error: string }).error]).toEqual([404, 'Model with name nobody does not exist.']);
    expect((await send('/v1/models/iris:predict', '{"instances":[[1]]}')).status).toBe(400);
  });

  test('system 000 to the letter', async () => {
    await deploy('c-000', 'iris', 'iris-000');
    const asked = { SepalLengthCm: 5.1, SepalWidthCm: 3.5, PetalLengthCm: 1.4, PetalWidthCm: 0.2 };
    const answer = await send('/deployments/c-000/predict', JSON.stringify(asked));
    expect([answer.status, await answer.text()]).toEqual([201, '{"Species":"Iris-setosa"}']);
    expect(answer.headers.get('x-prediction-id')).toMatch(/^[\da-f-]{36}$/u);
    const refused = await send('/deployments/c-000/predict', JSON.stringify({ ...asked, PetalWidthCm: 0 }));
    expect([refused.status, await refused.json()]).toMatchObject([422, { detail: [{ loc: ['body', 'PetalWidthCm'] }] }]);
  });

  test('system 002 to the letter', async () => {
    await deploy('c-002', 'housing', 'housing-002');
    const answer = (await post(`${url}/deployments/c-002/predict`, house)) as Record<string, unknown>;
    expect(Object.keys(answer)).toEqual(['prediction', 'prediction_id', 'model_version', 'timestamp', 'input_features']);
    expect(answer).toMatchObject({ prediction_id: expect.stringMatching(/^pred_/u), model_version: 'housing_v1', input_features: house });
  });

  test('the ids that system 002 gives out find their predictions', async () => {
    await deploy('c-002', 'housing', 'housing-002');
    const { prediction_id: given } = (await post(`${url}/deployments/c-002/predict`, house)) as { prediction_id: string };
    const recorded = given.replace(/^pred_/u, '');
    const label = (id: string, actual: number) => post(`${url}/feedback`, { prediction_id: id, actual });
    expect(await label(given, 4.5)).toMatchObject({ accepted: 1, unknown: [] });
    expect(await label(recorded, 4.5)).toMatchObject({ unchanged: 1, unknown: [] });
    expect(await label('pred_nobody', 1)).toMatchObject({ accepted: 0, unknown: ['pred_nobody'] });
    const both = { items: [given, recorded].map((id) => ({ prediction_id: id, actual: 4.6 })) };
    expect(await post(`${url}/feedback`, both)).toMatchObject({ replaced: 1, unchanged: 1 });
    expect(await call('GET', `${url}/api/v1/predictions/${given}`)).toMatchObject({ prediction_id: recorded, deployment: 'c-002' });
    expect(await call('GET', `${url}/api/v1/predictions?q=${given}`)).toMatchObject({ items: [{ prediction_id: recorded }] });
  });

  test('systems 003 and 004 to the letter', async () => {
    await deploy('c-003', 'iris', 'iris-003');
    await deploy('c-004', 'iris', 'iris-004');
    const third = await (await send('/deployments/c-003/predict', JSON.stringify(row))).text();
    expect(third).toMatch(/^\{"prediction":\[0\],"prediction_time_seconds":0\.\d+\}$/u);
    expect(await post(`${url}/deployments/c-004/predict`, row)).toMatchObject({ prediction: 0, predicted_class: 'setosa' });
  });

  test('the front page is that of the reference system, but browsers get the pages', async () => {
    await deploy('c-003', 'iris', 'iris-003', true);
    const front = await fetch(`${url}/`, { redirect: 'manual' });
    expect([front.status, front.headers.get('location')]).toEqual([307, '/docs']);
    expect((await fetch(`${url}/`, { headers: { accept: 'text/html' }, redirect: 'manual' })).status).not.toBe(307);
    await deploy('c-002', 'housing', 'housing-002', true);
    expect(await call('GET', `${url}/`)).toMatchObject({ docs: '/docs', predict: '/predict' });
    await call('PUT', `${url}/api/v1/deployments/iris`, { variants: IRIS, default: true });
    expect(await post(`${url}/predict`, row)).toMatchObject({ prediction: 'setosa', deployment: 'iris' });
    const json = { headers: { accept: 'application/json' } };
    const plain = await fetch(`${url}/`, json);
    expect([plain.status, plain.headers.get('vary'), await plain.json()]).toEqual([
      200,
      'Accept, User-Agent',
      expect.objectContaining({ status: 'alive', name: 'trainyard', version: expect.stringMatching(/\d/u) }),
    ]);
    expect((await fetch(`${url}/`, { ...json, method: 'HEAD' })).headers.get('content-type')).toBe('application/json');
    expect((await fetch(`${url}/`)).headers.get('content-type')).toContain('text/html');
    const page = await fetch(`${url}/`, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
  });

  test('the same Idempotency-Key gives the same answer and makes one event, also at once', async () => {
    const ask = () => send('/predict', JSON.stringify(row), { 'idempotency-key': 'order-17', 'x-request-id': 'idempotent-17' });
    const answers = await Promise.all((await Promise.all([ask(), ask(), ask()])).map((a) => a.text()));
    expect(new Set([...answers, await (await ask()).text()]).size).toBe(1);
    const id = (JSON.parse(answers[0] as string) as { prediction_id: string }).prediction_id;
    await waitFor('the event', async () => (await fetch(`${url}/api/v1/predictions/${id}`)).status === 200, 20_000);
    const counted = await call<{ items: unknown[] }>('GET', `${url}/api/v1/predictions?variant=primary&deployment=iris&q=idempotent-17`);
    expect(counted.items.length).toBeLessThanOrEqual(1);
    expect((await send('/predict', JSON.stringify({ features: [1, 1, 1, 1] }), { 'idempotency-key': 'order-17' })).status).toBe(422);
  });

  test('bodies and answers may be compressed', async () => {
    const many = Array.from({ length: 200 }, () => row.features);
    const plain = (await (await send('/predict', JSON.stringify(many))).json()) as { predictions: unknown[] };
    expect(plain.predictions).toHaveLength(200);
    const answer = await send('/predict', gzipSync(JSON.stringify(many)), { 'content-encoding': 'gzip', 'accept-encoding': 'gzip' });
    expect([answer.status, answer.headers.get('content-encoding')]).toEqual([200, 'gzip']);
    expect(((await answer.json()) as { predictions: unknown[] }).predictions).toHaveLength(200);
  });

  test('a header pins a variant, another says how long to wait', async () => {
    expect(await post(`${url}/predict`, row, { 'x-trainyard-variant': 'shadow' })).toMatchObject({
      model_version: '2',
      prediction: 'setosa',
    });
    expect((await send('/predict', JSON.stringify(row), { 'x-trainyard-variant': 'other' })).status).toBe(404);
    expect((await send('/predict', JSON.stringify(row), { 'x-trainyard-timeout-ms': '0.0001' })).status).toBe(504);
    expect((await send('/predict', JSON.stringify(row), { 'x-trainyard-timeout-ms': 'soon' })).status).toBe(400);
  });

  test('rows that run together are answered as if each had run alone, on every protocol', { timeout: 60_000 }, async () => {
    const rows = Array.from({ length: 64 }, (_, i) => [4.3 + (i % 9) * 0.4, 2 + (i % 7) * 0.3, 1 + (i % 11) * 0.5, 0.1 + (i % 5) * 0.5]);
    const plain = async (features: number[]) => {
      const { prediction, probabilities } = (await post(`${url}/predict`, { features })) as { prediction: string; probabilities: object };
      return [prediction, ...Object.values(probabilities)] as unknown[];
    };
    const oip = async (data: number[]) => {
      const inputs = [{ name: 'float_input', shape: [1, 4], datatype: 'FP32', data }];
      const { outputs } = (await post(`${url}/v2/models/iris/infer`, { inputs })) as { outputs: { name: string; data: unknown[] }[] };
      return ['label', 'probabilities'].flatMap((name) => outputs.find((o) => o.name === name)?.data ?? []);
    };
    const labels = async (path: string, key: string, instance: number[]) =>
      ((await post(`${url}${path}`, { [key]: [instance] })) as { predictions: unknown[] }).predictions;
    const alone: unknown[][] = [];
    for (const row of rows) alone.push(await plain(row));
    expect(new Set(alone.map(String)).size).toBeGreaterThan(2);
    for (let round = 0; round < 4; round++) {
      const answers = await Promise.all(
        rows.flatMap((row) => [
          plain(row),
          oip(row),
          labels('/v1/models/iris:predict', 'instances', row),
          labels('/invocations', 'inputs', row),
        ]),
      );
      answers.forEach((answer, i) => {
        const expected = alone[Math.floor(i / 4)] as unknown[];
        expect(answer[0]).toBe(expected[0]);
        for (const [c, p] of answer.slice(1).entries()) expect(p).toBeCloseTo(expected[c + 1] as number, 6);
      });
    }
  });

  test('whatever reaches the inference protocols, nothing is answered with 500 or more', { timeout: 60_000 }, async () => {
    const tensor = fc.record(
      {
        name: fc.constantFrom('float_input', 'in_fp32', 'in_int64', 'x'),
        shape: fc.array(fc.nat(3), { maxLength: 3 }),
        datatype: fc.constantFrom('FP32', 'INT64', 'BYTES', 'FP16'),
        data: fc.array(fc.oneof(fc.double(), fc.string(), fc.constant(null)), { maxLength: 9 }),
        parameters: fc.dictionary(fc.constantFrom('binary_data_size', 'other'), fc.jsonValue()),
      },
      { requiredKeys: ['name'] },
    );
    const body = fc.oneof(
      fc.record({ inputs: fc.array(tensor), outputs: fc.jsonValue(), parameters: fc.jsonValue() }, { requiredKeys: ['inputs'] }),
      fc.record({ instances: fc.jsonValue() }),
      fc.record({ inputs: fc.jsonValue() }),
      fc.record({ dataframe_split: fc.record({ columns: fc.jsonValue(), data: fc.jsonValue() }) }),
      fc.jsonValue(),
    );
    const paths = [
      '/v2/models/iris/infer',
      '/v2/models/every-type/infer',
      '/v1/models/iris:predict',
      '/invocations',
      '/deployments/c-000/predict',
      '/predict',
    ];
    const header = fc.option(fc.oneof(fc.nat(80).map(String), fc.constant('-1')), { nil: undefined });
    const property = fc.asyncProperty(fc.constantFrom(...paths), body, header, async (path, value, length) => {
      const answer = await send(path, JSON.stringify(value), length === undefined ? {} : { 'inference-header-content-length': length });
      await answer.arrayBuffer();
      expect(answer.status).toBeLessThan(500);
    });
    await fc.assert(property, { numRuns: 600 });
  });

  const IRIS = [
    { role: 'primary', model: 'models:/iris@production' },
    { role: 'shadow', model: 'models:/iris@shadow', sample: 0.5 },
  ];

  async function deploy(name: string, model: string, compat: string, isDefault = false): Promise<void> {
    const variants = [{ role: 'primary', model: `models:/${model}@production` }];
    await call('PUT', `${url}/api/v1/deployments/${name}`, { variants, compat, default: isDefault });
  }
});
