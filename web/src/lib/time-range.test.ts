import { expect, test } from 'vitest';
import { bucketFor, rangeSearch, timeRange } from './time-range.ts';

test('a preset moves on with the clock, and the default one stays out of the URL', () => {
  expect(rangeSearch({ range: '1h' })).toEqual({});
  const range = timeRange(rangeSearch({ range: '6h' }));
  expect(range.at(100_000_000)).toEqual({ fromMs: 100_000_000 - 6 * 3_600_000, toMs: 100_000_000 });
  expect(range.isLive).toBe(true);
});

test('two instants stay where they are; one instant reaches until now', () => {
  const closed = timeRange(rangeSearch({ from: '2026-03-01T00:00:00Z', to: '2026-03-01T01:00:00Z' }));
  expect(closed.isLive).toBe(false);
  expect(closed.at(0)).toEqual({ fromMs: Date.parse('2026-03-01T00:00:00Z'), toMs: Date.parse('2026-03-01T01:00:00Z') });
  expect(timeRange(rangeSearch({ from: '2026-03-01T00:00:00Z' })).isLive).toBe(true);
});

test('what is not a time or a preset is left out', () => {
  expect(rangeSearch({ range: '3 parsecs', from: 'yesterday', to: 7 })).toEqual({});
});

test('buckets are wide enough for about sixty of them', () => {
  expect(bucketFor({ fromMs: 0, toMs: 3_600_000 })).toBe(60_000);
  expect(bucketFor({ fromMs: 0, toMs: 15 * 60_000 })).toBe(15_000);
  expect(bucketFor({ fromMs: 0, toMs: 400 * 86_400_000 })).toBe(86_400_000);
});
