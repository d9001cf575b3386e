import { expect, test } from 'vitest';
import { OTHER_CATEGORY } from '#learners/table.ts';
import { referenceProfile } from './profile.ts';

const table = {
  rows: 6,
  columns: [
    { kind: 'number', name: 'size', values: Float64Array.from([1, 2, 3, 4, 5, Number.NaN]) },
    { kind: 'category', name: 'city', codes: Int32Array.from([1, 1, 0, -1, 1, 0]), categories: ['Ulm', 'Bern'] },
  ],
} as const;

test('a classification profile counts features, answers and truth by their own labels', () => {
  const target = { kind: 'classification', name: 'churn', classes: ['no', 'yes'], codes: Int32Array.from([0, 0, 0, 1, 1, 1]) } as const;
  const prediction = { kind: 'classification', codes: Int32Array.from([0, 0, 0, 0, 1, 1]), probabilities: new Float64Array(12) } as const;
  const profile = referenceProfile({ source: 'test', table, target, prediction });
  expect(profile).toMatchObject({ version: 1, source: 'test', rows: 6 });
  expect(profile.columns[0]).toMatchObject({ name: 'size', kind: 'number', rows: 6, missing: 1, min: 1, max: 5, median: 3 });
  expect(profile.columns[1]).toMatchObject({ name: 'city', kind: 'category', missing: 1, categories: ['Bern', 'Ulm'], counts: [3, 2, 0] });
  expect(profile.prediction).toMatchObject({ name: 'prediction', categories: ['no', 'yes'], counts: [4, 2, 0] });
  expect(profile.target).toMatchObject({ name: 'churn', categories: ['no', 'yes'], counts: [3, 3, 0] });
});

test('a regression profile bins the answers; a constant column keeps a bin of its own', () => {
  const target = { kind: 'regression', name: 'price', values: Float64Array.from([1, 2, 3, 4, 5, 6]) } as const;
  const prediction = { kind: 'regression', values: new Float64Array(6).fill(7) } as const;
  const profile = referenceProfile({ source: 'test', table, target, prediction });
  expect(profile.target?.counts.reduce((a, b) => a + b)).toBe(6);
  expect(profile.prediction?.edges).toHaveLength(2);
  expect(profile.prediction?.counts).toEqual([0, 6, 0]);
});

test('rare categories share the last bin and are not missing', () => {
  const codes = Int32Array.from([0, OTHER_CATEGORY, OTHER_CATEGORY, -1, 0, 0]);
  const target = { kind: 'regression', name: 'price', values: Float64Array.from([1, 2, 3, 4, 5, 6]) } as const;
  const city = { kind: 'category', name: 'city', codes, categories: ['Ulm'] } as const;
  const profile = referenceProfile({ source: 'test', table: { rows: 6, columns: [city] }, target, prediction: target });
  expect(profile.columns[0]).toMatchObject({ rows: 6, missing: 1, categories: ['Ulm'], counts: [3, 2] });
});
