import { expect, test } from 'vitest';
import { classificationMetrics, confusionMatrix, evaluate, regressionMetrics, rocAuc } from './metrics.ts';

// Expected values from scikit-learn 1.9.1.
test('regression metrics have the values of scikit-learn', () => {
  expect(regressionMetrics(Float64Array.of(3, -0.5, 2, 7), Float64Array.of(2.5, 0, 2, 8))).toEqual({
    r2: expect.closeTo(0.9486081370449679, 12),
    mse: 0.375,
    rmse: Math.sqrt(0.375),
    mae: 0.5,
    max_error: 1,
  });
});

test('a constant target has r2 1 if it was met and 0 if not', () => {
  expect(regressionMetrics(Float64Array.of(2, 2), Float64Array.of(2, 2))['r2']).toBe(1);
  expect(regressionMetrics(Float64Array.of(2, 2), Float64Array.of(2, 3))['r2']).toBe(0);
  expect(regressionMetrics(new Float64Array(0), new Float64Array(0))).toEqual({ r2: NaN, mse: NaN, rmse: NaN, mae: NaN, max_error: NaN });
});

test('classification metrics have the values of scikit-learn', () => {
  const actual = Int32Array.of(0, 1, 2, 2, 1, 0, 0, 2);
  const codes = Int32Array.of(0, 2, 2, 2, 1, 0, 1, 1);
  const rows = [0.7, 0.2, 0.1, 0.1, 0.3, 0.6, 0.2, 0.2, 0.6, 0.1, 0.1, 0.8, 0.2, 0.5, 0.3, 0.9, 0.05, 0.05, 0.3, 0.4, 0.3, 0.1, 0.6, 0.3];
  expect(confusionMatrix(actual, codes, 3)).toEqual(Int32Array.of(2, 1, 0, 0, 1, 1, 0, 1, 2));
  const expected = {
    accuracy: 0.625,
    precision_macro: 0.6666666666666666,
    recall_macro: 0.611111111111111,
    f1_macro: 0.6222222222222222,
    precision_weighted: 0.7083333333333333,
    recall_weighted: 0.625,
    f1_weighted: 0.65,
    log_loss: 0.6876337785268141,
  };
  const metrics = classificationMetrics(actual, { codes, probabilities: Float64Array.from(rows) }, 3);
  expect(metrics).toEqual(Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, expect.closeTo(value, 12)])));
});

test('the area under the curve counts ties half and needs both classes', () => {
  expect(rocAuc(Int32Array.of(0, 1, 1, 0, 1, 0), Float64Array.of(0.1, 0.4, 0.4, 0.4, 0.9, 0.2))).toBeCloseTo(0.888888888888889, 12);
  expect(rocAuc(Int32Array.of(0, 0), Float64Array.of(1, 2))).toBeNaN();
  expect(rocAuc(Int32Array.of(0, 1), Float64Array.of(Number.NaN, 2))).toBeNaN();
});

test('a prediction of another kind or length is refused', () => {
  const target = { kind: 'regression', name: 'y', values: Float64Array.of(1) } as const;
  expect(() => evaluate(target, { kind: 'classification', codes: Int32Array.of(0), probabilities: Float64Array.of(1) })).toThrow("'y'");
  expect(() => evaluate(target, { kind: 'regression', values: Float64Array.of(1, 2) })).toThrow('1 true values but 2 predictions');
});
