import { expect, test } from 'vitest';
import type { Tensor, Tensors } from '#ports/inference.ts';
import type { LoadedModel } from '../model/load.ts';
import type { Row } from '../model/plan.ts';
import { Batcher, type BatchResult, type Job } from './batcher.ts';

interface Engine {
  readonly model: LoadedModel;
  /** Rows of every call. */
  readonly calls: number[];
}

/** A model that doubles its only column, and fails on a batch that holds 13. */
function engine({ batchable = true, isMutual = false, later = false, rowMs = 0 } = {}): Engine {
  const calls: number[] = [];
  const run = (feeds: Tensors): Tensors => {
    const data = Array.from((feeds['x'] as Tensor).data as Float32Array);
    calls.push(data.length);
    for (const until = performance.now() + rowMs * data.length; performance.now() < until; );
    if (data.includes(13)) throw new Error('poison');
    return { y: { type: 'float32', dims: [data.length], data: Float32Array.from(data, (v) => v * 2) } };
  };
  const encode = (rows: readonly Row[]): Tensors => ({
    x: { type: 'float32', dims: [rows.length, 1], data: Float32Array.from(rows, (r) => Number(r[0])) },
  });
  const session = { run: later ? async (feeds: Tensors) => run(feeds) : run };
  return { model: { batchable, isMutual, session, plan: { kind: 'matrix', encode } } as unknown as LoadedModel, calls };
}

const job = (...values: number[]): Job => ({
  rows: values.map((v) => [v]),
  bytes: 10 * values.length,
  arrivedAt: 0,
  deadlineAt: Number.POSITIVE_INFINITY,
  caller: undefined,
  offset: 0,
});
const answers = ({ result, offset, rows, error }: Job): unknown =>
  error === undefined
    ? Array.from(((result as BatchResult).outputs['y'] as Tensor).data as Float32Array).slice(offset, offset + rows.length)
    : String(error);

function batcher(
  model: LoadedModel,
  limits: { maxBatchRows?: number; maxQueueRows?: number; maxQueueBytes?: number; maxQueueMs?: number } = {},
): { it: Batcher; done: Job[] } {
  const done: Job[] = [];
  const onDone = (jobs: readonly Job[]): void => void done.push(...jobs);
  const bounds = { maxBatchRows: 8, maxQueueRows: 100, maxQueueBytes: 1e6, maxQueueMs: 5000, ...limits };
  const it = new Batcher(model, { ...bounds, onDone, onDropped: (dropped) => void done.push(dropped) });
  return { it, done };
}

for (const later of [false, true]) {
  const kind = later ? 'an engine elsewhere' : 'an engine in this thread';

  test(`${kind}: what comes in one turn runs together, each job gets its own rows`, async () => {
    const { model, calls } = engine({ later });
    const { it, done } = batcher(model);
    const jobs = [job(1), job(2, 3), job(4)];
    for (const one of jobs) it.add(one);
    await it.drained();
    expect(calls).toEqual([4]);
    expect(done).toEqual(jobs);
    expect(jobs.map(answers)).toEqual([[2], [4, 6], [8]]);
  });

  test(`${kind}: a poison row fails alone`, async () => {
    const { model } = engine({ later });
    const { it } = batcher(model);
    const jobs = [job(1), job(13, 2), job(3)];
    for (const one of jobs) it.add(one);
    await it.drained();
    expect(jobs.map(answers)).toEqual([[2], 'Error: poison', [6]]);
  });

  test(`${kind}: a request larger than a batch runs in slices, in order`, async () => {
    const { model, calls } = engine({ later });
    const { it } = batcher(model);
    const large = job(...Array.from({ length: 20 }, (_, i) => i + 20));
    it.add(large);
    await it.drained();
    expect(calls).toEqual([8, 8, 4]);
    expect(answers(large)).toEqual(large.rows.map(([v]) => Number(v) * 2));
  });
}

test('a model that takes one row at a time gets one row at a time', async () => {
  const { model, calls } = engine({ batchable: false });
  const { it } = batcher(model);
  const jobs = [job(1, 2), job(3)];
  for (const one of jobs) it.add(one);
  await it.drained();
  expect(calls).toEqual([1, 1, 1]);
  expect(jobs.map(answers)).toEqual([[2, 4], [6]]);
});

test('rows that change each other run with those of their request, and no others', async () => {
  const { model, calls } = engine({ batchable: false, isMutual: true });
  const { it } = batcher(model);
  const jobs = [job(1, 2), job(3)];
  for (const one of jobs) it.add(one);
  await it.drained();
  expect(calls).toEqual([2, 1]);
  expect(jobs.map(answers)).toEqual([[2, 4], [6]]);
});

test('a queue is also full when the requests in it are large', async () => {
  const { it, done } = batcher(engine().model, { maxQueueBytes: 35 });
  it.add(job(1, 2, 3, 4));
  expect(() => it.add(job(5))).toThrow(
    expect.objectContaining({ spec: expect.objectContaining({ status: 429, code: 'SERVING_OVERLOADED_BYTES' }) }),
  );
  await it.drained();
  it.add(job(5));
  it.add(job(6, 7));
  await it.drained();
  expect(done).toHaveLength(3);
});

test('a full queue refuses with 429, and takes again once it has run', async () => {
  const { model } = engine();
  const { it, done } = batcher(model, { maxQueueRows: 5 });
  it.add(job(1, 2, 3));
  it.add(job(4, 5));
  expect(() => it.add(job(6))).toThrow(
    expect.objectContaining({ spec: expect.objectContaining({ status: 429, code: 'SERVING_OVERLOADED' }) }),
  );
  expect(it.queuedRows).toBe(5);
  await it.drained();
  it.add(job(6));
  await it.drained();
  expect([it.queuedRows, done.length]).toEqual([0, 3]);
});

test('a request larger than the whole queue is taken when nothing waits', async () => {
  const { model } = engine();
  const { it, done } = batcher(model, { maxQueueRows: 5 });
  it.add(job(1, 2, 3, 4, 5, 6, 7));
  expect(() => it.add(job(8))).toThrow();
  await it.drained();
  expect(done.map(answers)).toEqual([[2, 4, 6, 8, 10, 12, 14]]);
});

test('a large job keeps the kind of its tensors, so that they can be sent as bytes', async () => {
  const { it } = batcher(engine().model);
  const large = job(...Array.from({ length: 20 }, (_, i) => i - 9));
  it.add(large);
  await it.drained();
  expect(large.result?.outputs['y']).toMatchObject({ type: 'float32', dims: [20], data: expect.any(Float32Array) });
});

test('a slow engine in this thread gets few rows at a time, so that the loop is heard; one elsewhere gets more', async () => {
  for (const later of [false, true]) {
    const { model, calls } = engine({ rowMs: 1, later });
    Object.assign(model.session, { isolated: later });
    const { it, done } = batcher(model, { maxBatchRows: 50 });
    for (let i = 0; i < 40; i++) it.add(job(i + 20));
    await it.drained();
    expect(done.map((one) => answers(one))).toEqual(Array.from({ length: 40 }, (_, i) => [2 * (i + 20)]));
    if (later) expect(calls.length).toBeLessThan(8);
    else expect(calls.length).toBeGreaterThan(9);
  }
});

test('who would wait too long is refused at once and told when to come again; a shadow waits', async () => {
  const { model } = engine({ rowMs: 5 });
  const { it } = batcher(model, { maxBatchRows: 1, maxQueueMs: 1000, maxQueueRows: 1000 });
  // What a row takes is learnt, and a machine with other work makes single ones longer.
  for (let i = 0; i < 10; i++) {
    it.add(job(1));
    await it.drained();
  }
  const within = (ms: number): Job => ({ ...job(1), deadlineAt: performance.now() + ms });
  for (let i = 0; i < 5; i++) it.add(within(10_000));
  const code = (wanted: string) => expect.objectContaining({ spec: expect.objectContaining({ code: wanted, status: 429 }) });
  expect(() => it.add(within(20))).toThrow(code('SERVING_OVERLOADED_WAIT'));
  const tooMany = (): void => {
    for (let i = 0; i < 300; i++) it.add(within(10_000));
  };
  expect(tooMany).toThrow(code('SERVING_OVERLOADED_WAIT'));
  expect(() => it.add(within(10_000))).toThrow(expect.objectContaining({ params: expect.objectContaining({ retryAfterSeconds: 2 }) }));
  it.add(job(1));
  await it.drained();
  it.add(within(20));
  await it.drained();
});
