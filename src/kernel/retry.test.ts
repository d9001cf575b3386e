import { expect, test } from 'vitest';
import { backoffMs, pause, retry } from './retry.ts';

const quick = { baseMs: 0, maxMs: 0 };

/** Work that fails `times` times. */
function failing(times: number): { work: (attempt: number) => Promise<string>; seen: number[] } {
  const seen: number[] = [];
  const work = async (attempt: number): Promise<string> => {
    seen.push(attempt);
    if (seen.length <= times) throw new Error(`failure ${seen.length}`);
    return 'done';
  };
  return { work, seen };
}

test('work is tried until it succeeds', async () => {
  const { work, seen } = failing(2);
  expect(await retry(work, { attempts: 5, ...quick })).toBe('done');
  expect(seen).toEqual([0, 1, 2]);
});

test('the tries end, and the last failure is told', async () => {
  const { work, seen } = failing(9);
  await expect(retry(work, { attempts: 3, ...quick })).rejects.toThrow('failure 3');
  expect(seen.length).toBe(3);
});

test('what cannot pass by itself is tried once', async () => {
  const { work, seen } = failing(9);
  await expect(retry(work, { attempts: 3, ...quick, retriable: () => false })).rejects.toThrow('failure 1');
  expect(seen.length).toBe(1);
});

test('a signal ends waiting and trying', async () => {
  const stop = new AbortController();
  const { work, seen } = failing(9);
  const trying = retry(work, { attempts: 100, baseMs: 60_000, maxMs: 60_000, signal: stop.signal });
  stop.abort();
  await expect(trying).rejects.toThrow('failure');
  expect(seen.length).toBeLessThanOrEqual(2);
  await pause(60_000, stop.signal);
});

test('waits grow, and never beyond their limit', () => {
  const policy = { baseMs: 100, maxMs: 1000 };
  for (let attempt = 0; attempt < 2000; attempt++) {
    const ms = backoffMs(attempt, policy);
    expect(ms).toBeGreaterThanOrEqual(0);
    expect(ms).toBeLessThanOrEqual(Math.min(1000, 100 * 2 ** attempt));
  }
});
