import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GraphValue, writeModel } from '#onnx/model-writer.ts';
import { type Product, startProduct } from '#test/harness/product.ts';

let product: Product;
beforeAll(async () => {
  product = await startProduct({ env: { TRAINYARD__SERVING__GRPC_PORT: 'off' } });
});
afterAll(async () => {
  await product?.[Symbol.asyncDispose]();
});

type Graph = Omit<Parameters<typeof writeModel>[0], 'name' | 'metadata'>;
const floats = (name: string, ...shape: (string | number)[]): GraphValue => ({ name, type: 'float32', shape });

async function tryToDeploy(name: string, graph: Graph | Uint8Array): Promise<[number, unknown]> {
  const body = (graph instanceof Uint8Array ? graph : writeModel({ name, metadata: {}, ...graph })) as Uint8Array<ArrayBuffer>;
  const made = await fetch(`${product.url}/api/v1/deployments/${name}/versions?as=primary`, { method: 'POST', body });
  return [made.status, await made.json()];
}

async function deploy(name: string, graph: Graph | Uint8Array): Promise<void> {
  const [status, told] = await tryToDeploy(name, graph);
  expect(status, JSON.stringify(told)).toBe(200);
}

async function ask(path: string, body: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(product.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return [answer.status, await answer.json()];
}

test('a matrix whose width its exporter left open has as many columns as the model needs', async () => {
  await deploy('ends', {
    nodes: [
      { op: 'Gather', inputs: ['x', 'first-and-third'], outputs: ['ends'], attributes: { axis: { int: 1 } } },
      { op: 'ReduceSum', inputs: ['ends', 'axes'], outputs: ['y'] },
    ],
    constants: [
      { name: 'first-and-third', ints: [0, 2] },
      { name: 'axes', ints: [1] },
    ],
    inputs: [floats('x', 'rows', 'columns')],
    outputs: [floats('y', 'rows', 1)],
  });
  expect(await ask('/deployments/ends/predict', { features: [1, 20, 300] })).toMatchObject([200, { prediction: 301 }]);
  expect(await ask('/deployments/ends/predict', { x0: 1, x1: 2 })).toMatchObject([422, { detail: expect.stringContaining('x2') }]);
  const wider = { inputs: [{ name: 'x', shape: [2, 4], datatype: 'FP32', data: [1, 2, 3, 4, 5, 6, 7, 8] }] };
  expect(await ask('/v2/models/ends/infer', wider)).toMatchObject([200, { outputs: [{ shape: [2, 1], data: [4, 12] }] }]);
  const narrow = { inputs: [{ name: 'x', shape: [1, 2], datatype: 'FP32', data: [1, 2] }] };
  const refused = (await ask('/v2/models/ends/infer', narrow)) as [number, { error: string }];
  expect(refused[0]).toBe(400);
  expect(refused[1].error).not.toMatch(/onnxruntime|\.(?:cc|h):\d/u);
});

test('rows over KServe V1 may name the inputs, and several outputs are told by name', async () => {
  await deploy('both', {
    nodes: [
      { op: 'Add', inputs: ['a', 'b'], outputs: ['sum'] },
      { op: 'Mul', inputs: ['a', 'b'], outputs: ['product'] },
    ],
    constants: [],
    inputs: [floats('a', 'rows', 2), floats('b', 'rows', 2)],
    outputs: [floats('sum', 'rows', 2), floats('product', 'rows', 2)],
  });
  const instances = [
    { a: [1, 2], b: [3, 4] },
    { b: [1, 1], a: [5, 6] },
  ];
  expect(await ask('/v1/models/both:predict', { instances })).toEqual([
    200,
    {
      predictions: [
        { sum: [4, 6], product: [3, 8] },
        { sum: [6, 7], product: [5, 6] },
      ],
    },
  ]);
  const odd = await ask('/v1/models/both:predict', { instances: [...instances, { a: [1, 2] }] });
  expect(odd).toMatchObject([400, { error: expect.stringContaining('Row 2') }]);
});

test('an answer without rows is given whole', async () => {
  await deploy('total', {
    nodes: [{ op: 'ReduceSum', inputs: ['x'], outputs: ['y'], attributes: { keepdims: { int: 0 } } }],
    constants: [],
    inputs: [floats('x', 'n')],
    outputs: [floats('y')],
  });
  expect(await ask('/v1/models/total:predict', { instances: [1, 2, 3] })).toEqual([200, { predictions: 6 }]);
  expect(await ask('/deployments/total/invocations', { inputs: [1, 2, 3] })).toEqual([200, { predictions: { y: 6 } }]);
});

test('rows that change each other are answered as the model answers the whole request', async () => {
  await deploy('centred', {
    nodes: [
      { op: 'ReduceSum', inputs: ['x', 'rows'], outputs: ['sum'] },
      { op: 'Sub', inputs: ['sum', 'x'], outputs: ['y'] },
    ],
    constants: [{ name: 'rows', ints: [0] }],
    inputs: [floats('x', 'n', 1)],
    outputs: [floats('y', 'n', 1)],
  });
  const tensor = { inputs: [{ name: 'x', shape: [3, 1], datatype: 'FP32', data: [1, 2, 4] }] };
  expect(await ask('/v2/models/centred/infer', tensor)).toMatchObject([200, { outputs: [{ shape: [3, 1], data: [6, 5, 3] }] }]);
  expect(await ask('/v1/models/centred:predict', { instances: [[1], [2], [4]] })).toMatchObject([200, { predictions: [6, 5, 3] }]);
  const rows = (await ask('/deployments/centred/predict', [[1], [2], [4]])) as [number, { predictions: { prediction: number }[] }];
  expect([rows[0], rows[1].predictions?.map(({ prediction }) => prediction)]).toEqual([200, [6, 5, 3]]);
  // Requests that come at once know nothing of each other.
  const alone = await Promise.all([1, 2, 4].map((x) => ask('/deployments/centred/predict', { features: [x] })));
  expect(alone).toMatchObject([1, 2, 4].map(() => [200, { prediction: 0 }]));
});

test('a model for a fixed number of rows takes tensors of that shape', async () => {
  await deploy('fives', {
    nodes: [{ op: 'Add', inputs: ['x', 'x'], outputs: ['y'] }],
    constants: [],
    inputs: [floats('x', 5, 2)],
    outputs: [floats('y', 5, 2)],
  });
  const data = Array.from({ length: 10 }, (_, i) => i);
  expect(await ask('/v2/models/fives/infer', { inputs: [{ name: 'x', shape: [5, 2], datatype: 'FP32', data }] })).toMatchObject([
    200,
    { outputs: [{ shape: [5, 2], data: data.map((v) => 2 * v) }] },
  ]);
  const one = { inputs: [{ name: 'x', shape: [1, 2], datatype: 'FP32', data: [1, 2] }] };
  expect(await ask('/v2/models/fives/infer', one)).toMatchObject([400, { error: expect.stringContaining('Expected [5,2], got [1,2]') }]);
});

test('columns over KServe V1 may hold a list of their one value', async () => {
  await deploy('columns', {
    nodes: [{ op: 'Add', inputs: ['a', 'b'], outputs: ['y'] }],
    constants: [],
    inputs: [floats('a', 'n', 1), floats('b', 'n', 1)],
    outputs: [floats('y', 'n', 1)],
  });
  const instances = [
    { a: [1], b: [2] },
    { a: 3, b: 4 },
  ];
  expect(await ask('/v1/models/columns:predict', { instances })).toEqual([200, { predictions: [3, 7] }]);
  expect(await ask('/v1/models/columns:predict', { instances: [{ a: [1, 2], b: [3] }] })).toMatchObject([400, {}]);
});

test('names that JavaScript cannot hold are refused with a sentence, odd ones are taken', async () => {
  const add = (a: string, b: string) => ({
    nodes: [{ op: 'Add', inputs: [a, b], outputs: ['toString'] }],
    constants: [],
    inputs: [floats(a, 'n', 2), floats(b, 'n', 2)],
    outputs: [floats('toString', 'n', 2)],
  });
  const [status, told] = await tryToDeploy('proto', add('__proto__', 'b'));
  expect([status, JSON.stringify(told)]).toEqual([422, expect.stringContaining("named '__proto__'")]);
  await deploy('odd-names', add('constructor', 'hasOwnProperty'));
  const inputs = ['constructor', 'hasOwnProperty'].map((name) => ({ name, shape: [1, 2], datatype: 'FP32', data: [1, 2] }));
  expect(await ask('/v2/models/odd-names/infer', { inputs })).toMatchObject([200, { outputs: [{ name: 'toString', data: [2, 4] }] }]);
});

/** Adds `a` (bfloat16) and `b` (float32) to `s` (float32), which is rounded to `y` (bfloat16); `z` is `a`. Made by the onnx package for Python. */
const BFLOAT16 =
  'CAg6xgEKFwoBYRIBZiIEQ2FzdCoJCgJ0bxgBoAECCg4KAWYKAWISAXMiA0FkZAoXCgFzEgF5IgRDYXN0KgkKAnRvGBCgAQIKEAoBYRIBeiIISWRlbnRpdHkSAmJmWhQKAWESDwoNCBASCQoDEgFOCgIIAloUCgFiEg8KDQgBEgkKAxIBTgoCCAJiFAoBeRIPCg0IEBIJCgMSAU4KAggCYhQKAXoSDwoNCBASCQoDEgFOCgIIAmIUCgFzEg8KDQgBEgkKAxIBTgoCCAJCBAoAEBE=';

test('16-bit floats of the second kind come and go as they are, though the engine takes none', async () => {
  await deploy('brain', Buffer.from(BFLOAT16, 'base64'));
  const about = (await (await fetch(`${product.url}/v2/models/brain`)).json()) as { inputs: unknown; outputs: unknown };
  const told = (name: string, datatype: string) => ({ name, datatype, shape: [-1, 2] });
  expect(about.inputs).toEqual([told('a', 'BF16'), told('b', 'FP32')]);
  expect(about.outputs).toEqual([told('y', 'BF16'), told('z', 'BF16'), told('s', 'FP32')]);
  const inputs = [
    { name: 'a', shape: [2, 2], datatype: 'BF16', data: [1.5, -2.25, 3, 1.0000001] },
    { name: 'b', shape: [2, 2], datatype: 'FP32', data: [0.25, 0.001, 256, 0] },
  ];
  const expected = [
    { name: 'y', shape: [2, 2], data: [1.75, -2.25, 260, 1] },
    { name: 'z', shape: [2, 2], data: [1.5, -2.25, 3, 1] },
    { name: 's', shape: [2, 2] },
  ];
  expect(await ask('/v2/models/brain/infer', { inputs })).toMatchObject([200, { outputs: expected }]);
  const chosen = { inputs, outputs: [{ name: 'z' }] };
  expect(await ask('/v2/models/brain/infer', chosen)).toMatchObject([200, { outputs: [expected[1]] }]);
});
