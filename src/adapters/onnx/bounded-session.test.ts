import { afterEach, expect, test, vi } from 'vitest';
import type { Session, Tensors } from '#ports/inference.ts';
import { BoundedSession } from './bounded-session.ts';
import type { ModelProcess } from './model-process.ts';

const feed = (rows: number): Tensors => ({ x: { type: 'float32', dims: [rows, 1], data: new Float32Array(rows) } });

afterEach(() => void vi.useRealTimers());

test('an idle process that cannot be cleaned up ends nothing else, and the next large run has a new one', async () => {
  vi.useFakeTimers();
  const here: Session = { inputs: [], outputs: [], isolated: false, run: () => feed(1), close: async () => undefined };
  let started = 0;
  let closed = 0;
  const apart = async () => {
    started++;
    const close = async (): Promise<void> => {
      closed++;
      throw new Error('EROFS');
    };
    return { ...here, run: async () => feed(2), close } as unknown as ModelProcess;
  };
  const session = new BoundedSession({ here, sizes: [{ x: [1, 1] }], apart, apartBytes: 1 });
  await session.run(feed(1));
  expect(started).toBe(0);
  await session.run(feed(2));
  await vi.advanceTimersByTimeAsync(120_000);
  expect([started, closed]).toEqual([1, 1]);
  await session.run(feed(2));
  expect(started).toBe(2);
});

test('the process of large runs is counted from its first run to its end, asked for before it begins, and can be had back while it idles', async () => {
  const here: Session = { inputs: [], outputs: [], isolated: false, memoryBytes: 10, run: () => feed(1), close: async () => undefined };
  let isClosed = false;
  const finish: (() => void)[] = [];
  const process = {
    ...here,
    memoryBytes: 300,
    run: () => new Promise((resolve) => finish.push(() => resolve(feed(2)))),
    close: async () => {
      isClosed = true;
    },
  } as unknown as ModelProcess;
  const session = new BoundedSession({ here, sizes: [{ x: [1, 1] }], apart: async () => process, apartBytes: 200 });
  const asked: number[] = [];
  session.beforeGrowth((bytes) => {
    asked.push(bytes);
    if (asked.length === 1) throw new Error('no room');
  });
  await expect((async () => session.run(feed(2)))()).rejects.toThrow('no room');
  expect([session.memoryBytes, asked]).toEqual([10, [200]]);
  const runs = [session.run(feed(2)), session.run(feed(2))];
  expect([session.memoryBytes, session.idleBytes]).toEqual([210, 0]);
  await vi.waitFor(() => expect(finish).toHaveLength(2));
  expect([session.memoryBytes, session.idleBytes, asked]).toEqual([310, 0, [200, 200]]);
  session.shed();
  expect(isClosed).toBe(false);
  for (const end of finish) end();
  await Promise.all(runs);
  expect([session.memoryBytes, session.idleBytes]).toEqual([310, 300]);
  session.shed();
  expect([session.memoryBytes, session.idleBytes]).toEqual([10, 0]);
  await vi.waitFor(() => expect(isClosed).toBe(true));
});
