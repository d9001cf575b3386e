import { describe, expect, test } from 'vitest';
import { classificationQuality } from './classification-quality.ts';
import { mcnemar, pairedMeanTest } from './paired.ts';
import { addRegressionSums, regressionQuality } from './regression-quality.ts';

describe('quality of a classifier', () => {
  // sklearn.metrics.classification_report([a a b b c], [a b b b a], zero_division=0)
  const cells = [
    { predicted: 'a', actual: 'a', count: 1 },
    { predicted: 'b', actual: 'a', count: 1 },
    { predicted: 'b', actual: 'b', count: 2 },
    { predicted: 'a', actual: 'c', count: 1 },
  ];

  test('has the averages of scikit-learn, a class that is never predicted counting as zero', () => {
    const q = classificationQuality(cells);
    expect(q.n).toBe(5);
    expect(q.accuracy).toBeCloseTo(0.6, 12);
    expect(q.precision_macro).toBeCloseTo((0.5 + 2 / 3 + 0) / 3, 12);
    expect(q.recall_macro).toBeCloseTo(0.5, 12);
    expect(q.f1_macro).toBeCloseTo((0.5 + 0.8 + 0) / 3, 12);
    expect(q.precision_weighted).toBeCloseTo((0.5 * 2 + (2 / 3) * 2) / 5, 12);
    expect(q.recall_weighted).toBeCloseTo(0.6, 12);
    expect(q.f1_weighted).toBeCloseTo((0.5 * 2 + 0.8 * 2) / 5, 12);
    expect(q.classes.map(({ label, support }) => [label, support])).toEqual([
      ['a', 2],
      ['b', 2],
      ['c', 1],
    ]);
  });

  test('is not a number without rows', () => {
    expect(classificationQuality([]).accuracy).toBeNaN();
  });
});

describe('quality of a regressor', () => {
  const sums = (pairs: readonly (readonly [number, number])[]) =>
    addRegressionSums(pairs.map(([p, y]) => ({ n: 1, e: p - y, abs: Math.abs(p - y), sq: (p - y) ** 2, y, yy: y * y })));

  test('follows from sums', () => {
    const q = regressionQuality(
      sums([
        [2.5, 3],
        [0, -0.5],
        [2, 2],
        [8, 7],
      ]),
    );
    expect(q.mae).toBeCloseTo(0.5, 12);
    expect(q.rmse).toBeCloseTo(Math.sqrt(0.375), 12);
    expect(q.r2).toBeCloseTo(0.9486081370449679, 12);
    expect(q.bias).toBeCloseTo(0.25, 12);
  });

  test('has no R² for a constant target', () => {
    expect(
      regressionQuality(
        sums([
          [1, 2],
          [3, 2],
        ]),
      ).r2,
    ).toBeNaN();
  });
});

describe('paired tests', () => {
  test('McNemar is the exact binomial test', () => {
    expect(mcnemar(0, 0)).toBe(1);
    expect(mcnemar(5, 5)).toBe(1);
    expect(mcnemar(1, 9)).toBeCloseTo(0.021484375, 12);
    expect(mcnemar(6000, 5500)).toBeLessThan(1e-4);
  });

  test('the mean of differences is judged by its standard error', () => {
    expect(pairedMeanTest(100, 0, 0)).toBe(1);
    expect(pairedMeanTest(100, 20, 100)).toBeCloseTo(0.042254, 6);
    expect(pairedMeanTest(1, 1, 1)).toBeNaN();
  });
});
