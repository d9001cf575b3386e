import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { fitPipeline } from '#learners/pipeline.ts';
import { type GraphModel, writeModel } from '#onnx/model-writer.ts';
import type { Inference, LoadOptions, Session } from '#ports/inference.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { openOnnx } from './open.ts';

const rows = 60;
const x = Float64Array.from({ length: rows }, (_, i) => i / 10);
const table = { rows, columns: [{ kind: 'number', name: 'x', values: x }] } as const;
const target = {
  kind: 'classification',
  name: 'side',
  classes: ['left', 'right'],
  codes: Int32Array.from(x, (v) => (v < 3 ? 0 : 1)),
} as const;
const tree = fitPipeline(table, target, { learner: 'tree', seed: 1 }).toOnnx();

const feed = (...values: number[]) =>
  ({ float_input: { type: 'float32', dims: [values.length, 1], data: Float32Array.from(values) } }) as const;

async function labels(session: Session, ...values: number[]): Promise<unknown[]> {
  return [...((await session.run(feed(...values))).label?.data ?? [])];
}

describe.each(['here', 'apart', 'auto'] as const)('a model placed %s', (place: NonNullable<LoadOptions['place']>) => {
  const engine: Inference = openOnnx();
  afterAll(() => engine.close());

  test('tells its inputs and outputs and runs batches of any size', async () => {
    const session = await engine.load(tree, { place });
    expect(session.inputs).toEqual([{ name: 'float_input', type: 'float32', shape: [-1, 1] }]);
    expect(session.outputs.map((o) => o.name)).toEqual(['label', 'probabilities']);
    expect(await labels(session, 1)).toEqual(['left']);
    expect(await labels(session, 1, 5, 2)).toEqual(['left', 'right', 'left']);
    expect(Object.keys(await session.run(feed(1), ['label']))).toEqual(['label']);
    await session.close();
  });

  test('bytes that are no model are refused with a sentence', async () => {
    await expect(engine.load(Buffer.from('no model'), { place })).rejects.toMatchObject({ name: 'MODEL_INVALID', spec: { status: 422 } });
    await expect(engine.load(tree.subarray(0, tree.length / 2), { place })).rejects.toMatchObject({ name: 'MODEL_INVALID' });
  });

  test('an input of the wrong shape fails that run and no other', async () => {
    const session = await engine.load(tree, { place });
    const wrong = { float_input: { type: 'float32', dims: [1, 2], data: Float32Array.from([1, 2]) } } as const;
    await expect((async () => session.run(wrong))()).rejects.toMatchObject({ name: 'INFERENCE_FAILED' });
    expect(await labels(session, 5)).toEqual(['right']);
    await session.close();
  });
});

/** Gives its input of type bfloat16 back. */
const BFLOAT16 = 'CAg6QwoRCgJ4MBIBeSIISWRlbnRpdHkSB2lkX2JmMTZaEgoCeDASDAoKCBASBgoACgIIAmIRCgF5EgwKCggQEgYKAAoCCAJCBAoAEBE=';

test('a model whose tensors JavaScript cannot be given is refused when it is loaded', async () => {
  const engine = openOnnx();
  const refused = expect.stringMatching(/'x0' has element type bfloat16, .* Cast/u);
  await expect(engine.load(Buffer.from(BFLOAT16, 'base64'))).rejects.toMatchObject({ name: 'MODEL_INVALID', message: refused });
  await engine.close();
});

test('a small model that was tried once comes into this thread, also after a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-verdicts-'));
  const first = openOnnx({ folder });
  expect((await first.load(tree)).isolated).toBe(false);
  await first.close();
  expect(Object.values(JSON.parse(await readFile(join(folder, 'models.json'), 'utf8')))).toEqual([
    { place: 'here', memoryBytes: expect.any(Number), processBytes: expect.any(Number), sizes: [{ float_input: [expect.any(Number), 1] }] },
  ]);
  await rm(folder, { recursive: true });
});

test('a model over the time budget stays in its own process', async () => {
  const engine = openOnnx({ createBudgetMs: 0 });
  const session = await engine.load(tree);
  expect(session.isolated).toBe(true);
  expect(await labels(session, 1, 5)).toEqual(['left', 'right']);
  await engine.close();
});

test('a model that does not load in time is refused', async () => {
  const engine = openOnnx({ loadTimeoutMs: 1 });
  await expect(engine.load(tree)).rejects.toThrow('did not load within');
});

test('a run that takes too long fails, and the process is started again', async () => {
  const slow = openOnnx({ runTimeoutMs: 1 });
  const session = await slow.load(tree, { place: 'apart' });
  const many = feed(...new Array<number>(100_000).fill(1));
  await expect(session.run(many)).rejects.toMatchObject({ name: 'INFERENCE_TIMEOUT', spec: { status: 504 } });
  await slow.close();
});

test('a process that wants too much memory is ended', async () => {
  const engine = openOnnx({ memoryBytes: 2 ** 20 });
  const outcome = engine.load(tree, { place: 'apart' }).then(async (session) => {
    // Until it is seen.
    for (;;) await session.run(feed(1));
  });
  await expect(outcome).rejects.toThrow(/ended \(it took more than 1 MiB of memory\)/u);
  await engine.close();
});

test('a model tells the memory that it took in its trial, after a restart too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-onnx-'));
  const [first, second] = [openOnnx({ folder }), openOnnx({ folder })];
  const { memoryBytes } = await first.load(tree);
  expect(memoryBytes).toBeGreaterThanOrEqual(tree.length);
  expect((await second.load(tree)).memoryBytes).toBe(memoryBytes);
  expect((await first.load(tree, { place: 'apart' })).memoryBytes).toBeGreaterThan(10_000_000);
  await Promise.all([first.close(), second.close(), rm(folder, { recursive: true })]);
});

test('folders of processes that were killed are removed, those of running ones stay', async () => {
  const gone = spawnSync(process.execPath, ['--version']).pid;
  const [left, kept] = [join(tmpdir(), `trainyard-model-${gone}-test`), join(tmpdir(), `trainyard-model-${process.ppid}-test`)];
  await Promise.all([left, kept].map((folder) => mkdir(folder, { recursive: true })));
  const engine = openOnnx();
  await waitFor('the sweep', () => !existsSync(left));
  expect(existsSync(kept)).toBe(true);
  await Promise.all([engine.close(), rm(kept, { recursive: true })]);
});

/** Gives `x` back, and makes a tensor of the fourth power of its rows on the way. */
function quartic(): Uint8Array {
  const name = (of: string) => ({ inputs: [of], outputs: [`${of}_t`] });
  return writeModel({
    name: 'quartic',
    nodes: [
      { op: 'Transpose', ...name('x') },
      { op: 'MatMul', inputs: ['x', 'x_t'], outputs: ['square'] },
      { op: 'Unsqueeze', inputs: ['square', 'behind'], outputs: ['a'] },
      { op: 'Unsqueeze', inputs: ['square', 'before'], outputs: ['b'] },
      { op: 'Mul', inputs: ['a', 'b'], outputs: ['fourth'] },
      { op: 'ReduceSum', inputs: ['fourth'], outputs: ['sum'], attributes: { keepdims: { int: 0 } } },
      { op: 'Sub', inputs: ['sum', 'sum'], outputs: ['none'] },
      { op: 'Add', inputs: ['x', 'none'], outputs: ['y'] },
    ],
    constants: [
      { name: 'behind', ints: [2, 3] },
      { name: 'before', ints: [0, 1] },
    ],
    inputs: [{ name: 'x', type: 'float32', shape: ['rows', 1] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['rows', 1] }],
    metadata: {},
  });
}

const ones = (rows: number) => ({ x: { type: 'float32', dims: [rows, 1], data: new Float32Array(rows).fill(1) } }) as const;

test('a model whose runs grow with a power of the rows runs in this thread only as far as that was tried', async () => {
  const engine = openOnnx({ memoryBytes: 600 * 2 ** 20 });
  const session = await engine.load(quartic());
  expect(session.isolated).toBe(false);
  // In this thread it is answered at once.
  expect(session.run(ones(4))).not.toBeInstanceOf(Promise);
  const before = process.memoryUsage.rss();
  await expect((async () => session.run(ones(200)))()).rejects.toMatchObject({ name: 'INFERENCE_FAILED' });
  expect([...((await session.run(ones(40))).y?.data ?? [])]).toEqual(new Array(40).fill(1));
  expect(process.memoryUsage.rss() - before).toBeLessThan(200e6);
  await session.close();
  await engine.close();
});

function named(name: string): GraphModel {
  return {
    name,
    nodes: [{ op: 'Add', inputs: ['x', 'x'], outputs: ['y'] }],
    constants: [],
    inputs: [{ name: 'x', type: 'float32', shape: ['rows', 1] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['rows', 1] }],
    metadata: {},
  };
}

/** Takes 5, 6 and 7 only. */
const choosy = writeModel({
  name: 'choosy',
  nodes: [
    { op: 'Sub', inputs: ['x', 'five'], outputs: ['place'] },
    { op: 'Gather', inputs: ['list', 'place'], outputs: ['y'] },
  ],
  constants: [
    { name: 'five', ints: [5] },
    { name: 'list', ints: [10, 20, 30] },
  ],
  inputs: [{ name: 'x', type: 'int64', shape: ['rows', 1] }],
  outputs: [{ name: 'y', type: 'int64', shape: ['rows', 1] }],
  metadata: {},
});
const six = { x: { type: 'int64', dims: [1, 1], data: BigInt64Array.of(6n) } } as const;

test('a model that takes no zeros comes into this thread where an example tells what it takes', async () => {
  const engine = openOnnx();
  expect((await engine.load(choosy)).isolated).toBe(true);
  expect((await engine.load(choosy, { example: () => ({ x: { ...six.x, data: BigInt64Array.of(0n) } }) })).isolated).toBe(true);
  await engine.close();
  const told = openOnnx();
  expect((await told.load(choosy)).isolated).toBe(true);
  const session = await told.load(choosy, { example: () => six });
  expect(session.isolated).toBe(false);
  expect([...((await session.run(six)).y?.data ?? [])]).toEqual([20n]);
  await told.close();
});

test('a large entry runs in this thread as many small ones do, where it was tried', async () => {
  const engine = openOnnx();
  const double = writeModel({
    name: 'double',
    nodes: [{ op: 'Add', inputs: ['x', 'x'], outputs: ['y'] }],
    constants: [],
    inputs: [{ name: 'x', type: 'float32', shape: ['rows', 3, 'height', 'width'] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['rows', 3, 'height', 'width'] }],
    metadata: {},
  });
  const session = await engine.load(double);
  const run = (...dims: number[]) => session.run({ x: { type: 'float32', dims, data: new Float32Array(dims.reduce((a, b) => a * b)) } });
  for (const dims of [
    [16, 3, 16, 16],
    [1, 3, 200, 200],
  ])
    expect(run(...dims)).not.toBeInstanceOf(Promise);
  const large = run(16, 3, 200, 200);
  expect(large).toBeInstanceOf(Promise);
  expect((await large).y?.dims).toEqual([16, 3, 200, 200]);
  await engine.close();
});

test('a model whose trial did not end in time runs apart, says so, and comes into this thread when a later trial ends', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-late-'));
  const hurried = openOnnx({ folder, runTimeoutMs: 1, trialPausesMs: [1, 1] });
  const late = await hurried.load(quartic());
  expect(late.isolated).toBe(true);
  expect(late.note).toContain('did not end in time');
  await waitFor('the last trial', () => late.note?.includes('3 times'));
  expect(late.isolated).toBe(true);
  await hurried.close();
  const calm = openOnnx({ folder, trialPausesMs: [1] });
  const session = await calm.load(quartic());
  expect([...((await session.run(ones(4))).y?.data ?? [])]).toEqual([1, 1, 1, 1]);
  await waitFor('its place', () => !session.isolated);
  expect(session.note).toBeUndefined();
  expect(session.run(ones(4))).not.toBeInstanceOf(Promise);
  await calm.close();
  const third = openOnnx({ folder });
  expect((await third.load(quartic())).isolated).toBe(false);
  await Promise.all([third.close(), rm(folder, { recursive: true })]);
});

/** How many processes hold a model with this text in it: other tests run in this process too. */
async function processesWith(text: string): Promise<number> {
  const folders = (await readdir(tmpdir())).filter((name) => name.startsWith(`trainyard-model-${process.pid}-`));
  const models = await Promise.all(folders.map((name) => readFile(join(tmpdir(), name, 'model.onnx')).catch(() => Buffer.alloc(0))));
  return models.filter((model) => model.includes(text)).length;
}

test('trials of many models wait for their turn', async () => {
  const engine = openOnnx();
  const models = Array.from({ length: 12 }, (_, i) => writeModel(named(`in turns ${i}`)));
  let most = 0;
  let isOver = false;
  const watch = (async () => {
    while (!isOver) most = Math.max(most, await processesWith('in turns'));
  })();
  expect((await Promise.all(models.map((model) => engine.load(model)))).map(({ isolated }) => isolated)).toEqual(models.map(() => false));
  isOver = true;
  await watch;
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(8);
  await engine.close();
});
