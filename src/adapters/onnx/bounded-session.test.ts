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
  const session = new BoundedSession({ here, sizes: [{ x: [1, 1] }], apart });
  await session.run(feed(1));
  expect(started).toBe(0);
  await session.run(feed(2));
  await vi.advanceTimersByTimeAsync(120_000);
  expect([started, closed]).toEqual([1, 1]);
  await session.run(feed(2));
  expect(started).toBe(2);
});
