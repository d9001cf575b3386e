import { expect, test } from 'vitest';
import type { Session, Tensor, Tensors } from '#ports/inference.ts';
import { Batcher, type Job } from '../runtime/batcher.ts';
import type { LoadedModel } from './load.ts';
import { cutRows, tensorRows } from './tensor-rows.ts';
import { tryTensors } from './tensor-trial.ts';

const inputs = [
  { name: 'x', type: 'float32', shape: [-1, 2, 2] },
  { name: 'n', type: 'int64', shape: [-1] },
] as const;

const feeds = (...rows: number[]): Tensors => ({
  x: { type: 'float32', dims: [rows.length, 2, 2], data: Float32Array.from(rows.flatMap((r) => [r, r + 1, r + 2, r + 3])) },
  n: { type: 'int64', dims: [rows.length], data: BigInt64Array.from(rows, BigInt) },
});

test('rows of small tensors are told element by element, large ones by type and shape', () => {
  const small = tensorRows({ inputs }, true);
  expect(small.names).toEqual(['x[0,0]', 'x[0,1]', 'x[1,0]', 'x[1,1]', 'n']);
  expect(small.rows(feeds(5, 6)).map((row) => [...row])).toEqual([
    [5, 6, 7, 8, 5],
    [6, 7, 8, 9, 6],
  ]);
  const large = tensorRows({ inputs: [{ name: 'pixels', type: 'uint8', shape: [-1, 3, 8, 8] }, inputs[1]] }, true);
  const pixels: Tensor = { type: 'uint8', dims: [1, 3, 8, 8], data: new Uint8Array(192) };
  expect(large.names).toEqual(['pixels', 'n']);
  expect(large.rows({ ...feeds(1), pixels }).map((row) => [...row])).toEqual([['UINT8[3,8,8]', 1]]);
});

test('a request whose rows are not independent is one row, with its values where they are few', () => {
  const whole = tensorRows({ inputs: [{ name: 'x', type: 'float32', shape: [-1, -1] }] }, false);
  const x: Tensor = { type: 'float32', dims: [2, 2], data: Float32Array.of(1, 2, 3, 4.5) };
  const [row, ...more] = whole.rows({ x });
  expect([[...(row ?? [])], more]).toEqual([['FP32[2,2] 1,2,3,4.5'], []]);
  expect(whole.encode([row ?? []])).toEqual({ x });
});

test('rows of several requests come back in one tensor, and each request cuts its own out', () => {
  const rows = tensorRows({ inputs }, true);
  const joined = rows.encode([...rows.rows(feeds(1, 2)), ...rows.rows(feeds(7))]);
  expect(joined).toEqual(feeds(1, 2, 7));
  expect(cutRows(joined['x'] as Tensor, { offset: 2, rows: 1 })).toEqual(feeds(7)['x']);
  const own = feeds(3, 4);
  expect(rows.encode(rows.rows(own))).toBe(own);
});

test('inputs with different numbers of rows are refused', () => {
  expect(() => tensorRows({ inputs }, true).rows({ ...feeds(1, 2), n: feeds(1)['n'] as Tensor })).toThrow('same number of rows');
});

test('a shadow takes rows of the same tensors only', () => {
  const rows = tensorRows({ inputs }, true);
  const [row] = rows.rows(feeds(1));
  expect(rows.takes(row ?? [])).toBe(true);
  expect(tensorRows({ inputs }, false).takes(row ?? [])).toBe(false);
  expect(tensorRows({ inputs: [{ name: 'x', type: 'float32', shape: [-1, 4] }] }, true).takes(row ?? [])).toBe(false);
  expect(rows.takes([1, 2, 3, 4, 5])).toBe(false);
});

/** A model that adds up each row, and in `mixing` takes the mean of the batch away. */
function session(mixing: boolean, calls: number[] = []): Session {
  return {
    inputs,
    outputs: [{ name: 'sum', type: 'float32', shape: [-1] }],
    isolated: false,
    run: ({ x }) => {
      const { data, dims } = x as Tensor;
      const count = dims[0] as number;
      calls.push(count);
      const sums = Array.from({ length: count }, (_, r) => Array.from(data.slice(4 * r, 4 * r + 4), Number).reduce((a, b) => a + b, 0));
      const mean = sums.reduce((a, b) => a + b, 0) / count;
      return { sum: { type: 'float32', dims: [count], data: Float32Array.from(sums, (s) => (mixing ? s - mean : s)) } };
    },
    close: async () => {},
  };
}

test('a trial tells whether rows are independent', async () => {
  expect(await tryTensors(session(false))).toMatchObject({ sum: { dims: [1] } });
  expect(await tryTensors(session(true))).toBeUndefined();
  expect(await tryTensors({ ...session(false), inputs: [{ name: 'x', type: 'float32', shape: [-1, -1] }] })).toBeUndefined();
});

test('requests of one turn run together', async () => {
  const calls: number[] = [];
  const tensors = tensorRows({ inputs }, true);
  const model = { session: session(false, calls), tensors, batchable: true } as unknown as LoadedModel;
  const done: Job[] = [];
  const onDone = (jobs: readonly Job[]): void => void done.push(...jobs);
  const batcher = new Batcher(model, {
    maxBatchRows: 8,
    maxQueueRows: 100,
    maxQueueBytes: 100,
    maxQueueMs: 5000,
    onDone,
    onDropped: () => undefined,
  });
  for (const request of [feeds(1, 2), feeds(10)])
    batcher.add({
      rows: tensors.rows(request),
      bytes: 1,
      arrivedAt: 0,
      deadlineAt: Number.POSITIVE_INFINITY,
      caller: undefined,
      offset: 0,
    });
  await batcher.drained();
  expect(calls).toEqual([3]);
  const last = done[1] as Job;
  expect(cutRows(last.result?.outputs['sum'] as Tensor, { offset: last.offset, rows: 1 }).data).toEqual(Float32Array.of(46));
});
