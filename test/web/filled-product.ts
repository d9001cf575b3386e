import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { launchChromium } from '../harness/chromium.ts';
import { type Product, startProduct } from '../harness/product.ts';
import { buildPages } from './build-pages.ts';

/** What the tests of a suite share; there once its first test begins. */
export interface FilledProduct<F> {
  readonly browser: Browser;
  readonly product: Product;
  readonly filled: F;
}

/** Gives the suite a browser and a product with pages and with what `fill` puts into it; both are closed at its end. */
export function withFilledProduct<F>(fill: (url: string) => Promise<F>): FilledProduct<F> {
  const suite: { -readonly [K in keyof FilledProduct<F>]?: FilledProduct<F>[K] } = {};
  beforeAll(async () => {
    buildPages();
    suite.browser = await launchChromium();
    suite.product = await startProduct();
    suite.filled = await fill(suite.product.url);
  }, 180_000);
  afterAll(async () => {
    await suite.browser?.close();
    await suite.product?.[Symbol.asyncDispose]();
  });
  return suite as FilledProduct<F>;
}
