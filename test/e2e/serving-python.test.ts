import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '#test/harness/available.ts';
import { type Product, startProduct } from '#test/harness/product.ts';
import { pythonPath, runPython } from '#test/harness/python.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { call } from './loop-story.ts';
import { post, registerOnnx } from './serving-models.ts';

interface Expected {
  readonly rows: readonly Record<string, unknown>[];
  readonly predictions: readonly (string | number)[];
  readonly probabilities?: readonly (readonly number[])[];
}

describeWith('python', 'models that only Python can run', () => {
  let folder: string;
  let product: Product;
  let expected: Record<string, Expected>;
  let refusals: [number, string][];

  const env = { TRAINYARD__SERVING__GRPC_PORT: 'off' };
  const put = (name: string) =>
    fetch(`${product.url}/api/v1/deployments/${name}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ variants: [{ role: 'primary', model: `models:/${name}/1` }] }),
    });
  const ask = (name: string, body: unknown, path = 'predict') =>
    fetch(`${product.url}/deployments/${name}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trainyard-python-test-'));
    const data = join(folder, 'data');
    product = await startProduct({ data, env });
    const logged = await runPython(new URL('./python/python_models.py', import.meta.url), [product.url, join(folder, 'expected.json')]);
    expect(logged.stdout, logged.logs).toMatch(/^ok$/mu);
    expected = JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8')) as typeof expected;
    await registerOnnx(product.url, 'every-type', new URL('../fixtures/onnx/every-type.onnx', import.meta.url));
    refusals = [];
    for (const name of ['churn', 'adder']) {
      const answer = await put(name);
      refusals.push([answer.status, ((await answer.json()) as { detail: string }).detail]);
    }
    await product.stop();
    const python = { ENABLED: 'true', EXECUTABLE: await pythonPath(), TIMEOUT_MS: '1500' };
    const settings = Object.fromEntries(Object.entries(python).map(([key, value]) => [`TRAINYARD__SERVING__PYTHON__${key}`, value]));
    product = await startProduct({ data, env: { ...env, ...settings, AWS_SECRET_ACCESS_KEY: 'not for models' } });
  }, 180_000);

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test('without the setting they are refused, and the reason says what to do', () => {
    const [sklearn, pyfunc] = refusals as [[number, string], [number, string]];
    expect(sklearn).toEqual([
      422,
      expect.stringMatching(/flavors are .*sklearn.*`trainyard convert models:\/churn\/1 .*serving\.python\.enabled/u),
    ]);
    expect(pyfunc).toEqual([422, expect.stringMatching(/flavors are python_function.*serving\.python\.enabled/u)]);
    expect(pyfunc[1]).not.toContain('trainyard convert');
  });

  test.each(['churn', 'bare', 'light', 'adder'])(
    '%s answers as it does in Python, on every protocol',
    { timeout: 60_000 },
    async (name) => {
      const deployed = await put(name);
      expect(deployed.status, await deployed.clone().text()).toBe(200);
      const { schema } = (await deployed.json()) as { schema: { task: string; fields: { name: string }[] } };
      const { rows, predictions, probabilities } = expected[name] as Expected;
      const told = (await (await ask(name, rows)).json()) as { predictions: { prediction: string | number; probabilities?: object }[] };
      same(
        told.predictions.map((p) => p.prediction),
        predictions,
      );
      if (probabilities)
        told.predictions.forEach((p, i) => {
          same(Object.values(p.probabilities ?? {}), probabilities[i] as number[]);
        });
      const columns = schema.fields.map((f) => f.name);
      const split = { dataframe_split: { columns, data: rows.map((row) => columns.map((c) => row[c])) } };
      same(((await (await ask(name, split, 'invocations')).json()) as { predictions: (string | number)[] }).predictions, predictions);
      const metadata = await call<{ inputs: { name: string; datatype: string }[] }>('GET', `${product.url}/v2/models/${name}`);
      const inputs = metadata.inputs.map((input) => ({ ...input, shape: [rows.length, 1], data: rows.map((row) => row[input.name]) }));
      const { outputs } = (await post(`${product.url}/v2/models/${name}/infer`, { inputs })) as {
        outputs: { data: (string | number)[] }[];
      };
      same(outputs[0]?.data ?? [], predictions);
    },
  );

  test('a pyfunc that answers a table gives every column by name', { timeout: 30_000 }, async () => {
    expect((await put('frame')).status).toBe(200);
    const told = (await (await ask('frame', [{ x: 1 }, { x: 3 }])).json()) as { predictions: { outputs: object }[] };
    expect(told.predictions.map((p) => p.outputs)).toEqual([
      { twice: 2, word: 'small' },
      { twice: 6, word: 'big' },
    ]);
  });

  test('the schema is enforced before Python sees a row, and what Python refuses is the caller’s', { timeout: 30_000 }, async () => {
    const row = expected['churn']?.rows[0] as Record<string, unknown>;
    const wrong = await ask('churn', { ...row, tenure: 'long' });
    expect([wrong.status, await wrong.json()]).toMatchObject([422, { code: 'PREDICTION_INPUT_INVALID' }]);
    const unknown = await ask('churn', { ...row, Contract: 'for life' });
    expect([unknown.status, await unknown.json()]).toMatchObject([422, { code: 'PYTHON_INPUT_REFUSED' }]);
  });

  test('its predictions are events like all others', { timeout: 30_000 }, async () => {
    const { prediction_id } = (await (await ask('adder', expected['adder']?.rows[0])).json()) as { prediction_id: string };
    const event = await waitFor('the event', async () => {
      const answer = await fetch(`${product.url}/api/v1/predictions/${prediction_id}`);
      return answer.ok ? ((await answer.json()) as object) : undefined;
    });
    expect(JSON.stringify(event)).toContain('"model_name":"adder"');
    const metrics = await (await fetch(`${product.url}/metrics`)).text();
    expect(metrics).toMatch(/deployment="adder"/u);
  });

  test('a crash is 503 for this model only, and the process comes back', { timeout: 60_000 }, async () => {
    expect((await put('trouble')).status).toBe(200);
    expect(await (await ask('trouble', { x: 4 })).json()).toMatchObject({ prediction: 8 });
    const crash = await ask('trouble', { x: 13 });
    expect([crash.status, await crash.json()]).toMatchObject([503, { code: 'PYTHON_MODEL_DOWN' }]);
    expect((await ask('adder', expected['adder']?.rows[0])).status).toBe(200);
    await waitFor('the process', async () => (await ask('trouble', { x: 4 })).status === 200, 30_000);
    const hang = await ask('trouble', { x: 99 });
    expect([hang.status, await hang.json()]).toMatchObject([504, { code: 'PYTHON_MODEL_TIMEOUT' }]);
    await waitFor('the process', async () => (await ask('trouble', { x: 4 })).status === 200, 30_000);
  });

  test('memory is bounded, exceptions are told, and secrets of the server are not there', { timeout: 30_000 }, async () => {
    const large = await ask('trouble', { x: 50 });
    expect([large.status, await large.json()]).toMatchObject([500, { detail: expect.stringContaining('MemoryError') }]);
    const failed = await ask('trouble', { x: 40 });
    expect([failed.status, await failed.json()]).toMatchObject([500, { detail: expect.stringContaining('no such luck') }]);
    expect(await (await ask('trouble', { x: 60 })).json()).toMatchObject({ prediction: 0 });
  });

  test('a pyfunc without a signature is refused with what to do', { timeout: 30_000 }, async () => {
    const answer = await put('unsigned');
    expect([answer.status, await answer.json()]).toMatchObject([422, { detail: expect.stringContaining('infer_signature') }]);
  });
});

function same(told: readonly unknown[], expected: readonly (string | number)[]): void {
  expect(told).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    if (typeof value === 'string') expect(told[i]).toBe(value);
    else expect(told[i]).toBeCloseTo(value, 6);
  });
}
