import { describe, expect, test } from 'vitest';
import { binOf, profileCategories, profileNumbers } from './profile.ts';

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

describe('the reference profile', () => {
  test('puts numbers into ten quantile bins of equal size', () => {
    const column = profileNumbers(
      'x',
      Float64Array.from({ length: 1000 }, (_, i) => (i * 7919) % 1000),
    );
    expect(column.edges).toHaveLength(9);
    expect(column.counts).toEqual(new Array(10).fill(100));
    expect(column).toMatchObject({ rows: 1000, missing: 0, min: 0, max: 999, mean: 499.5, median: 499.5 });
  });

  test('merges ties: an edge never occurs twice and every row is counted', () => {
    const values = Float64Array.from({ length: 1000 }, (_, i) => (i < 600 ? 0 : i));
    const column = profileNumbers('x', values);
    expect(new Set(column.edges).size).toBe(column.edges?.length);
    expect(column.counts[0]).toBe(600);
    expect(sum(column.counts)).toBe(1000);
  });

  test('gives few different values a bin each', () => {
    const column = profileNumbers('x', Float64Array.from([1, 1, 2, 5, 5, 5]));
    expect(column.edges).toEqual([1.5, 3.5]);
    expect(column.counts).toEqual([2, 1, 3]);
  });

  test.each([0, 7, -3.5, 1e300])('keeps a constant %s apart from everything else, so that leaving it is seen', (value) => {
    const { edges = [], counts } = profileNumbers('x', new Float64Array(50).fill(value));
    expect(counts).toEqual([0, 50, 0]);
    expect([binOf(edges, value - Math.abs(value) - 1), binOf(edges, value), binOf(edges, value + Math.abs(value) + 1)]).toEqual([0, 1, 2]);
  });

  test('counts missing numbers apart, also where all are missing', () => {
    expect(profileNumbers('x', Float64Array.from([1, Number.NaN, 3]))).toMatchObject({ missing: 1, rows: 3 });
    expect(profileNumbers('x', Float64Array.from([Number.NaN]))).toEqual({
      name: 'x',
      kind: 'number',
      rows: 1,
      missing: 1,
      edges: [],
      counts: [0],
    });
  });

  test('gives the fifty most frequent categories a bin and all others a last one', () => {
    const categories = Array.from({ length: 60 }, (_, i) => `c${i}`);
    const codes = Int32Array.from({ length: 1000 }, (_, i) => (i === 0 ? -1 : i % 60));
    const column = profileCategories('city', codes, categories);
    expect(column.categories).toHaveLength(50);
    expect(column.counts).toHaveLength(51);
    expect(sum(column.counts)).toBe(999);
    expect(column.missing).toBe(1);
  });
});
