import { describe, expect, test } from 'vitest';
import { driftRows, parseDrift } from './drift.ts';
import { endlessOrder, seededRandom } from './random.ts';
import type { HeldBack } from './rows.ts';
import { percentile } from './sender.ts';

const rows = (more: Partial<HeldBack> = {}): HeldBack => ({
  deployment: 'd',
  names: ['size', 'city'],
  rows: Array.from({ length: 100 }, (_, i) => [i, i % 10 === 0 ? 'rare' : 'usual']),
  actuals: Array.from({ length: 100 }, (_, i) => i),
  limits: {},
  ...more,
});

const mean = (values: readonly unknown[]): number => (values as number[]).reduce((sum, value) => sum + value, 0) / values.length;
const column = (set: HeldBack, index: number): unknown[] => set.rows.map((row) => row[index]);

describe('traffic', () => {
  test('the same seed gives the same order, another seed another one, and every row comes once a round', () => {
    const take = (seed: number) => Array.from(endlessOrder(50, seededRandom(seed)).take(100));
    expect(take(1)).toEqual(take(1));
    expect(take(1)).not.toEqual(take(2));
    expect(
      take(1)
        .slice(0, 50)
        .toSorted((a, b) => a - b),
    ).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(take(1).slice(50)).not.toEqual(take(1).slice(0, 50));
  });

  test.each([
    [undefined, null],
    [true, { feature: null, strength: 1 }],
    ['0.5', { feature: null, strength: 0.5 }],
    ['MedInc', { feature: 'MedInc', strength: 1 }],
    ['MedInc:-2', { feature: 'MedInc', strength: -2 }],
  ])('--drift %s is understood', (given, expected) => {
    expect(parseDrift(given)).toEqual(expected);
  });

  test('--drift with nonsense is refused', () => {
    expect(() => parseDrift('MedInc:much')).toThrow('--drift takes a feature, a strength or FEATURE:STRENGTH');
  });

  test('drift moves numbers by standard deviations and makes the rarest text frequent', () => {
    const moved = driftRows(rows(), { feature: null, strength: 1 }, seededRandom(1));
    expect(mean(column(moved, 0)) - mean(column(rows(), 0))).toBeCloseTo(28.87, 1);
    expect(column(moved, 1).filter((city) => city === 'rare').length).toBeGreaterThan(35);
  });

  test('drift of one feature leaves the others, and never makes a value that would be refused', () => {
    const moved = driftRows(rows({ limits: { size: { max: 99 } } }), { feature: 'size', strength: 1 }, seededRandom(1));
    expect(column(moved, 1)).toEqual(column(rows(), 1));
    expect(Math.max(...(column(moved, 0) as number[]))).toBeLessThanOrEqual(99);
  });

  test('percentiles are those of the nearest rank', () => {
    const times = Array.from({ length: 100 }, (_, i) => i + 1);
    expect([percentile(times, 0.5), percentile(times, 0.95), percentile([7], 0.99), percentile([], 0.5)]).toEqual([50, 95, 7, null]);
  });
});
