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

async function deploy(name: string, graph: Graph): Promise<void> {
  const body = writeModel({ name, metadata: {}, ...graph }) as Uint8Array<ArrayBuffer>;
  const made = await fetch(`${product.url}/api/v1/deployments/${name}/versions?as=primary`, { method: 'POST', body });
  expect(made.status, await made.text()).toBe(200);
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
