import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openSqlite } from '#adapters/sqlite/open.ts';
import type { TrainRequest } from '#contract/http/platform/training.ts';
import { TestClock } from '#kernel/clock.ts';
import { silentLogger } from '#kernel/logger.ts';
import type { Databases, Remote } from '#ports/database.ts';
import { fail } from './errors.ts';
import { type JobWork, TrainingJobs } from './jobs.ts';
import { store as definition, type TrainingStore } from './store.ts';

let databases: Databases;
let folder: string;
let store: Remote<TrainingStore>;
let clock: TestClock;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-jobs-'));
  databases = await openSqlite({ path: join(folder, 'jobs.db') });
  store = await databases.open(definition);
});
beforeEach(() => {
  clock = new TestClock();
});
afterAll(async () => {
  await databases.close();
  await rm(folder, { recursive: true, force: true });
});

const request: TrainRequest = { data: 'example:iris.csv', target: 'species' };
const result = {
  experiment_id: '1',
  run_id: 'r',
  model: null,
  version: null,
  deployment: null,
  learner: 'tree',
  metrics: {},
  promoted: false,
  decision: '',
  gate: null,
  candidates: [],
};

function queue(work: JobWork, more: { maxQueued?: number; keep?: number } = {}) {
  return new TrainingJobs({ store, work, clock, logger: silentLogger, maxQueued: 20, keep: 1000, ...more });
}

/** Work that begins when it is told to and ends when it is cancelled or let go. */
function held() {
  const gate = Promise.withResolvers<void>();
  const began = Promise.withResolvers<void>();
  const work: JobWork = async (_, { signal }) => {
    began.resolve();
    const cut = new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(fail.cancelled({}))));
    await Promise.race([gate.promise, cut]);
    return result;
  };
  return { work, began: began.promise, release: gate.resolve };
}

describe('training jobs', () => {
  test('run one at a time in their order and tell how they go', async () => {
    const order: string[] = [];
    const jobs = queue(async ({ target }, { tell, warn }) => {
      order.push(`begin ${target}`);
      tell(0.5, 'half');
      warn(['mind the gap']);
      await Promise.resolve();
      order.push(`end ${target}`);
      return result;
    });
    const first = await jobs.submit({ ...request, target: 'a' });
    const second = await jobs.submit({ ...request, target: 'b' });
    expect(first.state).toBe('queued');
    const ended = await jobs.finished(second.job_id);
    expect(order).toEqual(['begin a', 'end a', 'begin b', 'end b']);
    expect(ended).toMatchObject({ state: 'succeeded', progress: 1, warnings: ['mind the gap'], result: { learner: 'tree' } });
    expect((await jobs.get(first.job_id)).state).toBe('succeeded');
  });

  test('a failure is told in its own words; an unexpected one is not', async () => {
    const known = queue(() => Promise.reject(fail.dataRefused({ detail: 'The file has no rows.' })));
    expect(await known.finished((await known.submit(request)).job_id)).toMatchObject({ state: 'failed', error: 'The file has no rows.' });
    const odd = queue(() => Promise.reject(new Error('secret inside')));
    const ended = await odd.finished((await odd.submit(request)).job_id);
    expect(ended.error).toMatch(/^Internal error/u);
  });

  test('a running job and a waiting one can be cancelled; an ended one stays as it is', async () => {
    const { work, began, release } = held();
    const jobs = queue(work);
    const running = await jobs.submit(request);
    const waiting = await jobs.submit(request);
    await began;
    expect((await jobs.cancel(waiting.job_id)).state).toBe('cancelled');
    expect((await jobs.cancel(running.job_id)).state).toBe('cancelled');
    release();
    const done = queue(async () => result);
    const { job_id } = await done.submit(request);
    await done.finished(job_id);
    expect((await done.cancel(job_id)).state).toBe('succeeded');
    await expect(jobs.cancel('none')).rejects.toMatchObject({ spec: { code: 'TRAINING_JOB_UNKNOWN', status: 404 } });
  });

  test('only so many may wait', async () => {
    const { work, began, release } = held();
    const jobs = queue(work, { maxQueued: 1 });
    const running = await jobs.submit(request);
    await began;
    const waiting = await jobs.submit(request);
    await expect(jobs.submit(request)).rejects.toMatchObject({ spec: { code: 'TRAINING_QUEUE_FULL', status: 429 } });
    release();
    await Promise.all([jobs.finished(running.job_id), jobs.finished(waiting.job_id)]);
    expect((await jobs.finished((await jobs.submit(request)).job_id)).state).toBe('succeeded');
  });

  test('a stop and a crash leave no job that seems to run', async () => {
    const { work, began } = held();
    const jobs = queue(work);
    const running = await jobs.submit(request);
    const waiting = await jobs.submit(request);
    await began;
    await jobs.stop();
    for (const { job_id } of [running, waiting])
      expect(await store.get(job_id)).toMatchObject({ state: 'failed', error: expect.stringContaining('stopped') });
    await store.save({ ...running, job_id: 'crashed', state: 'running' });
    expect(await store.failUnfinished('The server stopped.', '2026-01-01T00:00:00.000Z')).toEqual(['crashed']);
    expect(await store.get('crashed')).toMatchObject({
      state: 'failed',
      error: 'The server stopped.',
      finished_at: '2026-01-01T00:00:00.000Z',
    });
  });

  test('are listed newest first in pages, and the oldest are forgotten', async () => {
    await store.trim(0);
    const jobs = queue(async () => result, { keep: 3 });
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      clock.advance(1000);
      const { job_id } = await jobs.submit(request);
      await jobs.finished(job_id);
      ids.unshift(job_id);
    }
    const page = await jobs.list(2, null);
    expect(page.map(({ job_id }) => job_id)).toEqual(ids.slice(0, 2));
    expect((await jobs.list(10, page[1]?.job_id ?? null)).map(({ job_id }) => job_id)).toEqual(ids.slice(2, 3));
  });
});
