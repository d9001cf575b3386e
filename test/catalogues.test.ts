import { beforeAll, describe, expect, test } from 'vitest';
import { type Catalogues, collectCatalogues } from '../scripts/reference/collect.ts';

let all: Catalogues;
beforeAll(async () => {
  all = await collectCatalogues();
});

/** The values that occur more than once. */
const repeated = (values: readonly string[]): string[] => [...new Set(values.filter((value, at) => values.indexOf(value) !== at))];

describe('the catalogue of errors', () => {
  test('has stable codes, each once', () => {
    const codes = all.errors.map(({ code }) => code);
    expect(repeated(codes)).toEqual([]);
    expect(codes.filter((code) => !/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/u.test(code))).toEqual([]);
  });

  test('answers with a status that means failure, and says so in a sentence', () => {
    expect(all.errors.filter(({ status }) => !(status >= 400 && status <= 599)).map(({ code }) => code)).toEqual([]);
    expect(all.errors.filter(({ message }) => message === '').map(({ code }) => code)).toEqual([]);
  });
});

describe('the catalogue of metrics', () => {
  test('names each family once, as Prometheus does', () => {
    const names = all.metrics.map(({ name }) => name);
    expect(repeated(names)).toEqual([]);
    expect(names.filter((name) => !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/u.test(name))).toEqual([]);
    // Triton's names are what they are: dashboards ask for them.
    const own = all.metrics.filter(({ name }) => !name.startsWith('nv_'));
    expect(own.filter(({ type, name }) => type === 'counter' && !name.endsWith('_total')).map(({ name }) => name)).toEqual([]);
  });

  test('says what each family means and keeps to closed label names', () => {
    expect(all.metrics.filter(({ help }) => help === '').map(({ name }) => name)).toEqual([]);
    const open = ['request_id', 'prediction_id', 'run_id', 'user_id', 'id', 'url', 'message'];
    expect(all.metrics.filter(({ labels }) => labels.some((label) => open.includes(label))).map(({ name }) => name)).toEqual([]);
  });
});

describe('the endpoints', () => {
  test('are each defined once', () => {
    expect(repeated(all.routes.flatMap((route) => [route.path, ...route.aliases].map((path) => `${route.method} ${path}`)))).toEqual([]);
  });

  test('say in a few words what they do', () => {
    expect(all.routes.filter(({ summary }) => summary.length < 4 || summary.length > 120).map(({ path }) => path)).toEqual([]);
  });
});

describe('the roles', () => {
  test('are each named once, and config keys carry a description', () => {
    expect(repeated(all.roles.map(({ name }) => name))).toEqual([]);
    expect(all.config.filter(({ description }) => description === '').map(({ key }) => key)).toEqual([]);
  });
});
