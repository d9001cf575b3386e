import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RunCost } from './run-cost.ts';

function learnt(of: (rows: number) => number, sizes: readonly number[]): RunCost {
  const cost = new RunCost();
  for (const rows of sizes) cost.observe(rows, of(rows));
  return cost;
}

test('what a run takes whatever its size is told from what each row takes', () => {
  const cost = learnt((rows) => 3 + 0.1 * rows, [1, 4, 1, 20, 7, 2]);
  expect(cost.of(100)).toBeCloseTo(13, 6);
  expect(cost.ofMany(100, 10)).toBeCloseTo(40, 6);
  expect(cost.rowsAdding(5)).toBe(50);
});

test('from runs of one size every row counts alike', () => {
  const cost = learnt(() => 2, [1, 1, 1]);
  expect(cost.of(10)).toBeCloseTo(20, 6);
  expect(cost.rowsAdding(8)).toBe(4);
  // More are tried, or it would stay so for ever.
  expect(cost.rowsAdding(0.1)).toBe(2);
  cost.observe(2, 2.01);
  expect(cost.rowsAdding(0.1)).toBe(10);
});

test('the first runs are small, and cost nothing that is known', () => {
  expect([new RunCost().rowsAdding(2), new RunCost().of(1000)]).toEqual([16, 0]);
});

test('a run that was held up changes little, a model that has become slower is believed', () => {
  const cost = learnt((rows) => 0.01 * rows, [1, 5, 10, 3, 8]);
  cost.observe(5, 500);
  expect(cost.of(10)).toBeLessThan(4);
  for (let i = 0; i < 300; i++) cost.observe(1 + (i % 7), 5 * (1 + (i % 7)));
  expect(cost.of(10)).toBeCloseTo(50, 0);
});

test('whatever was measured, estimates are neither negative nor NaN', () => {
  const runs = fc.array(fc.tuple(fc.integer({ min: 1, max: 256 }), fc.double({ min: 0, max: 1e4, noNaN: true })), { maxLength: 60 });
  fc.assert(
    fc.property(runs, (seen) => {
      const cost = new RunCost();
      for (const [rows, ms] of seen) cost.observe(rows, ms);
      expect(cost.of(7)).toBeGreaterThanOrEqual(0);
      expect(cost.rowsAdding(2)).toBeGreaterThanOrEqual(1);
    }),
  );
});
