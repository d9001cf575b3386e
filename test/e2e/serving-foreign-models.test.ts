import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '#test/harness/available.ts';
import { type Product, startProduct } from '#test/harness/product.ts';
import { runPython } from '#test/harness/python.ts';

const trainyard = [process.execPath, fileURLToPath(new URL('../../bin/trainyard.js', import.meta.url))];

describeWith('python', 'models of foreign origin', () => {
  let product: Product;

  beforeAll(async () => {
    product = await startProduct({ env: { TRAINYARD__SERVING__GRPC_PORT: 'off' } });
  }, 60_000);

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
  });

  async function story(name: string, args: readonly string[]): Promise<void> {
    const { code, stdout, logs } = await runPython(new URL(`./python/foreign/${name}`, import.meta.url), [
      product.url,
      ...args,
      ...trainyard,
    ]);
    expect(code, logs).toBe(0);
    expect(stdout, logs).toMatch(/^ok$/mu);
  }

  const groups = [
    ['scikit-learn, with classes', 'scikit-classifiers'],
    ['scikit-learn, with values, clusters and components', 'scikit-others'],
    ['LightGBM and XGBoost', 'boosted'],
    ['nobody’s exporter, written by hand', 'handmade'],
  ] as const;

  test.each(groups)('%s: every protocol answers what the origin says', { timeout: 180_000 }, async (_, group) => {
    await story('story.py', [group]);
  });

  test('tensors that are no columns, and what cannot be served or scored', { timeout: 120_000 }, async () => {
    await story('raw.py', []);
  });
});
