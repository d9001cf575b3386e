import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeModel } from '#onnx/model-writer.ts';
import { startProduct } from '#test/harness/product.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { post } from './serving-models.ts';
import { deploy, metricOf, predict, registerVersion, setAlias, sideModel, variantsOf } from './small-models.ts';

const NO_GRPC = { TRAINYARD__SERVING__GRPC_PORT: 'off' };

/** Asks a version by its number, which no deployment serves. */
async function askVersion(url: string, version: string): Promise<string> {
  const inputs = [{ name: 'float_input', shape: [1, 1], datatype: 'FP32', data: [5] }];
  const answer = (await post(`${url}/v2/models/side/versions/${version}/infer`, { inputs })) as { outputs: { data: string[] }[] };
  return answer.outputs[0]?.data[0] as string;
}

test('versions that nobody deployed come and go within the memory that is allowed, and a primary too many is refused', {
  timeout: 90_000,
}, async () => {
  const data = await mkdtemp(join(tmpdir(), 'trainyard-memory-'));
  let memory = 0;
  {
    await using product = await startProduct({ data, env: NO_GRPC });
    // The same file each time, so that all versions take the same.
    for (let i = 0; i < 4; i++) await registerVersion(product.url, 'side', sideModel());
    await setAlias(product.url, 'side', '1');
    expect((await deploy(product.url, 'side', [{ role: 'primary', model: 'models:/side@production' }])).status).toBe(200);
    memory = (await variantsOf(product.url, 'side'))[0]?.memory_bytes as number;
    expect(memory).toBeGreaterThan(sideModel().length);
    expect(await metricOf(product.url, 'model_memory_bytes', 'primary')).toBe(memory);
    await product.stop();
  }
  await using product = await startProduct({
    data,
    env: { ...NO_GRPC, TRAINYARD__SERVING__MEMORY_BYTES: String(Math.round(2.5 * memory)) },
  });
  const { url } = product;
  for (const version of ['2', '3', '4', '2', '3']) expect(await askVersion(url, version)).toBe('right');
  expect(await metricOf(url, 'model_evictions_total', 'loose')).toBe(4);
  expect(await metricOf(url, 'model_memory_bytes', 'loose')).toBe(memory);
  expect((await deploy(url, 'second', [{ role: 'primary', model: 'models:/side/2' }])).status).toBe(200);
  expect(await metricOf(url, 'model_memory_bytes', 'loose')).toBe(0);
  const refused = await deploy(url, 'third', [{ role: 'primary', model: 'models:/side/3' }]);
  expect(refused.status).toBe(507);
  expect(await refused.json()).toMatchObject({
    code: 'MODEL_MEMORY_EXCEEDED',
    detail: expect.stringContaining('serving.memory_bytes allows'),
  });
  for (const name of ['side', 'second']) expect((await predict(url, name)).prediction).toBe('left');
  expect((await fetch(`${url}/api/v1/deployments/third`)).status).toBe(404);
  // A primary's next version takes the place of the one before.
  await setAlias(url, 'side', '4');
  await post(`${url}/reload_model`, {});
  expect(await predict(url, 'side')).toEqual({ version: '4', prediction: 'left' });
  await product.kill9();
  await rm(data, { recursive: true });
});

test('fifty models are deployed at once, all answer, and what they take is stated', { timeout: 180_000 }, async () => {
  await using product = await startProduct({ env: NO_GRPC });
  const { url } = product;
  const names = Array.from({ length: 50 }, (_, i) => `model-${i}`);
  for (const [i, name] of names.entries()) await registerVersion(url, name, sideModel(0.1 * (i + 2)));
  const made = await Promise.all(names.map((name) => deploy(url, name, [{ role: 'primary', model: `models:/${name}/1` }])));
  expect(made.map((answer) => answer.status)).toEqual(names.map(() => 200));
  const answers = await Promise.all(names.map((name, i) => predict(url, name, 0.1 * (i + 2) - 0.06)));
  expect(answers.map((answer) => answer.prediction)).toEqual(names.map(() => 'left'));
  const stated = await Promise.all(names.map(async (name) => (await variantsOf(url, name))[0]?.memory_bytes ?? 0));
  const sum = stated.reduce((a, b) => a + b, 0);
  expect(await metricOf(url, 'model_memory_bytes', 'primary')).toBe(sum);
  const resident = Number((await readFile(`/proc/${product.pid}/statm`, 'utf8')).split(' ')[1]) * 4096;
  process.stderr.write(`50 models: stated ${(sum / 1e6).toFixed(0)} MB, the process holds ${(resident / 1e6).toFixed(0)} MB\n`);
  expect(resident).toBeLessThan(1e9);
});

test('a queue of large requests is full by its bytes: further ones get 429 and when to come again', { timeout: 60_000 }, async () => {
  await using product = await startProduct({
    env: {
      ...NO_GRPC,
      TRAINYARD__SERVING__MAX_QUEUE_ROWS: '1000000',
      TRAINYARD__SERVING__MAX_QUEUE_BYTES: '100000',
      TRAINYARD__INFERENCE__RUN_TIMEOUT_MS: '1500',
    },
  });
  const { url } = product;
  await registerVersion(url, 'loops', await readFile(new URL('../fixtures/onnx/hangs-above-4.onnx', import.meta.url)));
  expect((await deploy(url, 'loops', [{ role: 'primary', model: 'models:/loops/1' }])).status).toBe(200);
  const send = (x: number, rows: number) =>
    fetch(`${url}/deployments/loops/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ features: Array.from({ length: rows }, () => [x]) }),
    });
  // The first one hangs, and the others wait behind it, 24 kB each.
  const seen: Response[] = [];
  const all = [send(9, 1), ...Array.from({ length: 8 }, () => send(1, 6000))].map((sent) => sent.then((answer) => void seen.push(answer)));
  const refused = await waitFor('a refusal', () => seen.find((answer) => answer.status === 429));
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(await refused.json()).toMatchObject({ code: 'SERVING_OVERLOADED_BYTES' });
  await Promise.all(all);
  expect(seen.map((answer) => answer.status)).toContain(200);
});

/** The sum of all products of four entries: whole requests, whose memory grows with the fourth power of their rows. */
function fourthPower(): Uint8Array {
  return writeModel({
    name: 'fourth',
    nodes: [
      { op: 'Transpose', inputs: ['x'], outputs: ['x_t'] },
      { op: 'MatMul', inputs: ['x', 'x_t'], outputs: ['square'] },
      { op: 'Unsqueeze', inputs: ['square', 'behind'], outputs: ['a'] },
      { op: 'Unsqueeze', inputs: ['square', 'before'], outputs: ['b'] },
      { op: 'Mul', inputs: ['a', 'b'], outputs: ['fourth'] },
      { op: 'ReduceSum', inputs: ['fourth'], outputs: ['y'], attributes: { keepdims: { int: 0 } } },
    ],
    constants: [
      { name: 'behind', ints: [2, 3] },
      { name: 'before', ints: [0, 1] },
    ],
    inputs: [{ name: 'x', type: 'float32', shape: ['rows', 1] }],
    outputs: [{ name: 'y', type: 'float32', shape: [] }],
    metadata: {},
  });
}

test('a run of a size that was never tried counts in the memory that is allowed, and is refused where there is no room for it', {
  timeout: 90_000,
}, async () => {
  const data = await mkdtemp(join(tmpdir(), 'trainyard-memory-'));
  const ask = (url: string, rows: number) =>
    fetch(`${url}/v2/models/fourth/infer`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ inputs: [{ name: 'x', shape: [rows, 1], datatype: 'FP32', data: new Array(rows).fill(1) }] }),
    });
  let memory = 0;
  {
    await using product = await startProduct({ data, env: NO_GRPC });
    const { url } = product;
    await registerVersion(url, 'fourth', fourthPower());
    expect((await deploy(url, 'fourth', [{ role: 'primary', model: 'models:/fourth/1' }])).status).toBe(200);
    memory = (await variantsOf(url, 'fourth'))[0]?.memory_bytes as number;
    expect(await (await ask(url, 2)).json()).toMatchObject({ outputs: [{ data: [16] }] });
    expect((await variantsOf(url, 'fourth'))[0]?.memory_bytes).toBe(memory);
    // More than 64, which count as small where memory cannot be measured.
    expect((await ask(url, 80)).status).toBe(200);
    // A process with a whole engine in it.
    expect((await variantsOf(url, 'fourth'))[0]?.memory_bytes).toBeGreaterThan(memory + 30e6);
    expect(await metricOf(url, 'model_memory_bytes', 'primary')).toBeGreaterThan(memory + 30e6);
    await product.stop();
  }
  await using product = await startProduct({ data, env: { ...NO_GRPC, TRAINYARD__SERVING__MEMORY_BYTES: String(memory + 20e6) } });
  const { url } = product;
  await waitFor('the model', async () => (await ask(url, 2)).status === 200);
  const refused = await ask(url, 80);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await refused.json()).toMatchObject({
    code: 'RUN_MEMORY_EXCEEDED',
    error: expect.stringContaining('serving.memory_bytes allows'),
  });
  expect((await ask(url, 2)).status).toBe(200);
  await product.kill9();
  await rm(data, { recursive: true });
});
