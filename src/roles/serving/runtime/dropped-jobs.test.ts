import { performance } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import type { LoadedModel } from '../model/load.ts';
import { Batcher, type Caller, type Job } from './batcher.ts';

function counting() {
  const ran: number[] = [];
  const session = {
    run: (feeds: { x: { dims: number[] } }) => {
      ran.push(feeds.x.dims[0] as number);
      return {};
    },
  };
  const plan = { kind: 'matrix', encode: (rows: readonly unknown[]) => ({ x: { dims: [rows.length, 1] } }) };
  return { ran, model: { batchable: true, session, plan } as unknown as LoadedModel };
}

const job = (caller?: Caller, deadlineAt = Number.POSITIVE_INFINITY): Job => ({
  rows: [[1]],
  bytes: 1,
  arrivedAt: performance.now(),
  deadlineAt,
  caller,
  offset: 0,
});

test('rows of callers that are gone and rows that waited too long leave the batch before it runs', async () => {
  const { ran, model } = counting();
  const done: Job[] = [];
  const dropped: Job[] = [];
  const batcher = new Batcher(model, {
    maxBatchRows: 8,
    maxQueueRows: 100,
    maxQueueBytes: 100,
    maxQueueMs: 5000,
    onDone: (jobs) => done.push(...jobs),
    onDropped: (one) => dropped.push(one),
  });
  const gone = job({ destroyed: true });
  const late = job(undefined, performance.now() - 1);
  const kept = [job(), job({ destroyed: false })];
  for (const one of [kept[0] as Job, gone, late, kept[1] as Job]) batcher.add(one);
  await batcher.drained();
  expect(ran).toEqual([2]);
  expect(done).toEqual(kept);
  expect(dropped.map((one) => (one.error as { spec: { code: string } }).spec.code)).toEqual(['CALLER_GONE', 'PREDICTION_TIMEOUT']);
  expect(kept.map((one) => one.offset)).toEqual([0, 1]);
  expect(batcher.queuedRows).toBe(0);
});

test('a batch of which nothing is left does not run', async () => {
  const { ran, model } = counting();
  const dropped: Job[] = [];
  const batcher = new Batcher(model, {
    maxBatchRows: 8,
    maxQueueRows: 100,
    maxQueueBytes: 100,
    maxQueueMs: 5000,
    onDone: () => {},
    onDropped: (one) => dropped.push(one),
  });
  batcher.add(job({ destroyed: true }));
  await batcher.drained();
  expect([ran, dropped.length]).toEqual([[], 1]);
});
