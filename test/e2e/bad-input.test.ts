import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Product, startProduct } from '#test/harness/product.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { ask } from './answers.ts';
import { connections } from './bad-input/connections.ts';
import { deployments } from './bad-input/deployments.ts';
import { feedback } from './bad-input/feedback.ts';
import { inference } from './bad-input/inference.ts';
import { predictBodies } from './bad-input/predict-bodies.ts';
import { queries } from './bad-input/queries.ts';

describe('hostile callers', () => {
  let product: Product;

  beforeAll(async () => {
    product = await startProduct({ args: ['--examples'] });
    await waitFor('both examples', async () => (await ask(`${product.url}/readyz`)).status === 200, 110_000);
  }, 120_000);
  afterAll(() => product?.[Symbol.asyncDispose]());

  const at = (): string => product.url;
  describe('rows', () => predictBodies(at));
  describe('connections', () => connections(at));
  describe('tensors', () => inference(at));
  describe('labels', () => feedback(at));
  describe('queries', () => queries(at));
  describe('deployments', () => deployments(at));

  test('after all of it the server is well, and has blamed itself for nothing', async () => {
    expect(await ask(`${at()}/predict`, { body: { features: [5.1, 3.5, 1.4, 0.2] } })).toMatchObject({ status: 200 });
    expect((await ask(`${at()}/health`)).json).toMatchObject({ status: 'healthy', ready: true });
    const { text } = await ask(`${at()}/metrics`);
    expect(text).toMatch(/^http_requests_total\{.*status="4xx".*\} [1-9]/mu);
    expect(text).not.toMatch(/^http_requests_total\{.*status="5xx",handler="(?!\/readyz")/mu);
    expect(product.logs()).not.toMatch(/"msg":"(?:a request failed|a prediction failed)/u);
  });
});
