import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runTrainyard, startProduct } from './product.ts';
import { waitFor } from './wait-for.ts';

const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

test('the program serves on a free port, stops in order and leaves nothing behind', async () => {
  let data: string;
  {
    await using product = await startProduct({ args: ['--target', 'ui'] });
    data = product.data;
    expect((await fetch(`${product.url}/livez`)).status).toBe(200);
    expect(await product.stop()).toBe(0);
    expect(isGone(product.pid)).toBe(true);
  }
  expect(existsSync(data)).toBe(false);
});

test('the program can be ended as by a crash, and started again on the same data', async () => {
  await using first = await startProduct({ args: ['--target', 'ui'] });
  await first.kill9();
  await expect(fetch(`${first.url}/livez`)).rejects.toThrow();
  await using second = await startProduct({ data: first.data, args: ['--target', 'ui'] });
  expect((await fetch(`${second.url}/livez`)).status).toBe(200);
});

test('a program that ends before it serves is told with what it printed', async () => {
  await expect(startProduct({ args: ['--target', 'nonsense'] })).rejects.toThrow(/before it was ready:[\s\S]*nonsense/u);
  const run = await runTrainyard(['start', '--nonsense']);
  expect(run).toMatchObject({ code: 2, logs: expect.stringContaining('--nonsense') });
  await expect(waitFor('nothing', () => false, 10)).rejects.toThrow('waited 10 ms for nothing');
});
