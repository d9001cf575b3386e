import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Product, startProduct } from '#test/harness/product.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { ask, expectProblem } from './answers.ts';
import { parseExposition } from './exposition.ts';

describe('pages for operators', () => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct({ args: ['--examples'] });
  });
  afterAll(() => product?.[Symbol.asyncDispose]());

  test('probes are honest from the first second on', { timeout: 120_000 }, async () => {
    const early = await ask(`${product.url}/readyz`);
    expect((await ask(`${product.url}/livez`)).json).toEqual({ live: true });
    if (early.status === 503) expect(early.json).toMatchObject({ ready: false, reasons: expect.arrayContaining([expect.any(String)]) });
    await waitFor('both examples', async () => (await ask(`${product.url}/readyz`)).status === 200, 110_000);
    expect((await ask(`${product.url}/readyz`)).json).toEqual({ ready: true, reasons: [] });
    expect((await ask(`${product.url}/health`)).json).toMatchObject({ status: 'healthy', ready: true, model_loaded: true });
    expect((await ask(`${product.url}/v2/health/ready`)).status).toBe(200);
    expect((await ask(`${product.url}/api/v1/status`)).json).toMatchObject({
      ready: true,
      roles: expect.arrayContaining([{ name: 'serving', state: 'running' }]),
    });
  });

  test('the metrics page is what Prometheus reads, in both formats', async () => {
    await ask(`${product.url}/predict`, { body: { features: [5.1, 3.5, 1.4, 0.2] } });
    await ask(`${product.url}/deployments/"\\"/predict`, { body: {} });
    await ask(`${product.url}/api/v1/nothing`);
    const page = await ask(`${product.url}/metrics`);
    expect(page.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const families = parseExposition(page.text);
    expect(families.find((f) => f.name === 'predictions_total')?.series.get('predictions_total{}')).toBeGreaterThan(0);
    expect(families.find((f) => f.name === 'http_request_duration_seconds')?.series.size).toBeGreaterThan(20);
    for (const { name, type } of families) if (name.endsWith('_total')) expect([name, type]).toEqual([name, 'counter']);
    const open = await ask(`${product.url}/metrics`, { headers: { accept: 'application/openmetrics-text; version=1.0.0' } });
    expect(open.headers.get('content-type')).toMatch(/^application\/openmetrics-text; version=1\.0\.0/u);
    expect(open.text).toMatch(/\n# EOF\n$/u);
    expect(open.text).not.toMatch(/^# TYPE \S+_total /mu);
  });

  test('the documentation is a valid OpenAPI 3.1 document', async () => {
    const { json } = await ask(`${product.url}/openapi.json`);
    const document = json as Document;
    expect(document.openapi).toMatch(/^3\.1\.\d$/u);
    const ids: string[] = [];
    for (const [path, operations] of Object.entries(document.paths)) {
      expect(path).toMatch(/^\//u);
      for (const [method, operation] of Object.entries(operations)) {
        const where = `${method} ${path}`;
        expect(['get', 'put', 'post', 'delete', 'patch', 'head', 'options'], where).toContain(method);
        expect(Object.keys(operation.responses), where).not.toEqual([]);
        for (const [status, response] of Object.entries(operation.responses)) {
          expect(status, where).toMatch(/^(?:default|[1-5]\d\d|[1-5]XX)$/u);
          expect(response.description, where).toEqual(expect.any(String));
        }
        ids.push(operation.operationId);
        const inPath = [...path.matchAll(/\{([^}]+)\}/gu)].map((m) => m[1]);
        const told = (operation.parameters ?? []).filter((p) => p.in === 'path');
        expect(told.map((p) => p.name).sort(), where).toEqual(inPath.sort());
        expect(
          told.every((p) => p.required),
          where,
        ).toBe(true);
        const names = (operation.parameters ?? []).map((p) => `${p.in} ${p.name}`);
        expect(new Set(names).size, where).toBe(names.length);
      }
    }
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    expect(ids.every((id) => /^[\w.-]+$/u.test(id))).toBe(true);
    for (const ref of references(json)) expect(resolved(json, ref), ref).toBeDefined();
    expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(['/predict', '/deployments/iris/predict', '/feedback', '/livez']));
  });

  test('every endpoint stands in one group of the documentation, and every group is explained and used', async () => {
    const { tags, paths } = (await ask(`${product.url}/openapi.json`)).json as Document;
    const names = tags.map((tag) => tag.name);
    expect(names.filter((name) => name !== name.toLowerCase())).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
    expect(tags.filter((tag) => tag.description.length < 10)).toEqual([]);
    const used = Object.values(paths).flatMap((operations) => Object.values(operations).map((operation) => operation.tags));
    expect(used.filter((of) => of.length !== 1)).toEqual([]);
    expect([...new Set(used.flat())].sort()).toEqual(names.toSorted());
  });

  test('the interactive documentation loads with everything that it needs, from here', async () => {
    for (const path of ['/docs']) {
      const page = await ask(`${product.url}${path}`);
      expect([path, page.status, page.headers.get('content-type')]).toEqual([path, 200, expect.stringContaining('text/html')]);
      const needed = [...page.text.matchAll(/(?:src|href)="([^"#]+)"/gu)].map((m) => m[1] as string).filter((u) => !u.startsWith('data:'));
      for (const needs of needed) {
        const url = new URL(needs, `${product.url}${path}`);
        expect(url.origin).toBe(product.url);
        expect([needs, (await ask(url.href)).status]).toEqual([needs, 200]);
      }
    }
    expectProblem(await ask(`${product.url}/api/v1/nothing`), { status: 404, code: 'ENDPOINT_NOT_FOUND', names: ['/api/v1/nothing'] });
  });
});

interface Document {
  readonly openapi: string;
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Record<string, Record<string, Operation>>;
}

interface Operation {
  readonly tags: readonly string[];
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly responses: Record<string, { readonly description: string }>;
}

function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === '$ref' && typeof inner === 'string' ? [inner] : references(inner)));
}

function resolved(document: unknown, ref: string): unknown {
  if (!ref.startsWith('#/')) return undefined;
  const parts = ref
    .slice(2)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return parts.reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], document);
}
