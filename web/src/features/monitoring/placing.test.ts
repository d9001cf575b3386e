import { expect, test } from 'vitest';
import type { DriftDetail } from '@/lib/api/monitors.ts';
import { placeOf } from './placing.ts';

const nothing = {
  drifted: false,
  sentence: null,
  constant_in_reference: false,
  current: [],
  missing: { reference: 0, current: 0, n_cur: 0, flagged: false },
  out_of_range: { below: 0, above: 0, share: 0 },
  unseen: { count: 0, share: 0, values: {} },
};
const number: DriftDetail = { ...nothing, kind: 'number', edges: [10, 20, 30], reference: [10, 40, 40, 10], min: 1, max: 50 };
const category: DriftDetail = { ...nothing, kind: 'category', categories: ['a', 'b'], reference: [75, 20, 5] };

test('a number is placed among the reference rows by its bin', () => {
  expect(placeOf(25, number)).toEqual({ rank: expect.closeTo(0.7), words: 'above 50 % of the reference' });
  expect(placeOf(10, number)).toEqual({ rank: expect.closeTo(0.3), words: 'below 50 % of the reference' });
});

test('a number that the reference never reached is said to be outside', () => {
  expect(placeOf(0, number).words).toBe('below all reference rows');
  expect(placeOf(51, number).words).toBe('above all reference rows');
});

test('a category is placed by how common it was', () => {
  expect(placeOf('a', category).words).toBe('75 % of the reference');
  expect(placeOf('z', category).words).toBe('rare or not in the reference');
  expect(placeOf(null, category).words).toBe('missing');
});
