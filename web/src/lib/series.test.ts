import { expect, test } from 'vitest';
import { bucketsOf, perSecond, place } from './series.ts';

const buckets = bucketsOf({ fromMs: 0, toMs: 65_000 }, 10_000);

test('a window has all its buckets, also those that nothing fell into', () => {
  expect(buckets.starts).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000]);
  expect(place(buckets, [{ t: 20_000, v: 3 }], ({ v }) => v)).toEqual([null, null, 3, null, null, null, null]);
});

test('between the first and the last event an empty bucket is zero, outside of them it is a gap', () => {
  const points = [
    { t: 10_000, count: 20 },
    { t: 30_000, count: 10 },
  ];
  expect(perSecond(buckets, points, 65_000)).toEqual([null, 2, 0, 1, null, null, null]);
});

test('the bucket that is still filling counts the time that has passed, or is left out while that is short', () => {
  const points = [
    { t: 50_000, count: 20 },
    { t: 60_000, count: 12 },
  ];
  expect(perSecond(buckets, points, 66_000).at(-1)).toBe(2);
  expect(perSecond(buckets, points, 64_000).at(-1)).toBeNull();
});

test('the first requests ever show at once', () => {
  const points = [{ t: 60_000, count: 12 }];
  expect(perSecond(buckets, points, 61_000).at(-1)).toBe(2.4);
  expect(perSecond(buckets, points, 66_000).at(-1)).toBe(2);
});
