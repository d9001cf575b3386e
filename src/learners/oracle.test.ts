import { describe, expect, test } from 'vitest';
import { californiaHousing, iris } from '#test/fixtures/learners/read-csv.ts';
import { compareWithOnnx } from '#test/fixtures/learners/run-onnx.ts';
import { numberColumn, tableOf } from '#test/fixtures/learners/tables.ts';
import { crossValidate } from './cross-validation.ts';
import { fitPipeline } from './pipeline.ts';
import { takeRows, takeTarget } from './table.ts';

// Numbers of scikit-learn 1.9.1 on the same data. Folds are drawn differently, hence the tolerances of the cross-validations.
const california = californiaHousing();
const every5th = Int32Array.from({ length: california.table.rows / 5 }, (_, i) => i * 5);
const smallCalifornia = { table: takeRows(california.table, every5th), target: takeTarget(california.target, every5th) };
const flowers = iris();

describe('California housing', () => {
  test('least squares has the coefficients of scikit-learn and predicts the known example', () => {
    const pipeline = fitPipeline(california.table, california.target, { learner: 'linear' });
    const [{ intercept, weights }] = pipeline.coefficients as [(typeof pipeline.coefficients)[number]];
    expect(intercept).toBeCloseTo(-36.94192, 5);
    const expected = {
      MedInc: 0.436693,
      HouseAge: 0.009436,
      AveRooms: -0.107322,
      AveBedrms: 0.645066,
      Population: -0.000004,
      AveOccup: -0.003787,
      Latitude: -0.421314,
      Longitude: -0.434514,
    };
    for (const [name, weight] of Object.entries(expected)) expect(weights[name]).toBeCloseTo(weight, 6);
    const values = [8.3252, 41, 6.984, 1.023, 322, 2.555, 37.88, -122.23];
    const row = tableOf(...Object.keys(expected).map((name, j) => numberColumn(name, [values[j]!])));
    const prediction = pipeline.predict(row);
    expect(prediction.kind === 'regression' && prediction.values[0]).toBeCloseTo(4.13114, 4);
  });

  test('ridge without scaling has the coefficients of scikit-learn', () => {
    const pipeline = fitPipeline(smallCalifornia.table, smallCalifornia.target, { learner: 'ridge', params: { alpha: 100 }, scale: false });
    const { intercept, weights } = pipeline.coefficients[0]!;
    expect(intercept).toBeCloseTo(-32.831845, 4);
    expect(weights['MedInc']).toBeCloseTo(0.419099568, 5);
    expect(weights['AveBedrms']).toBeCloseTo(0.390206102, 4);
  });

  test.each([
    { learner: 'linear', rmse: 0.7283, mae: 0.5317, r2: 0.6014, within: 0.01 },
    { learner: 'tree', rmse: 0.7153, mae: 0.459, r2: 0.6156, within: 0.03 },
    { learner: 'boosting', rmse: 0.4665, mae: 0.3118, r2: 0.8364, within: 0.02 },
  ])('$learner in 5 folds has the error of scikit-learn', ({ learner, rmse, mae, r2, within }) => {
    const { mean } = crossValidate(california.table, california.target, { learner, seed: 42 });
    expect(Math.abs(mean['rmse']! / rmse - 1)).toBeLessThan(within);
    expect(Math.abs(mean['mae']! / mae - 1)).toBeLessThan(within);
    expect(Math.abs(mean['r2']! - r2)).toBeLessThan(0.02);
  });

  test('a forest on every fifth row has the error and the out-of-bag score of scikit-learn', () => {
    const params = { n_estimators: 30, max_depth: 10 };
    const { mean } = crossValidate(smallCalifornia.table, smallCalifornia.target, { learner: 'forest', params, seed: 1 });
    expect(Math.abs(mean['rmse']! / 0.5951 - 1)).toBeLessThan(0.02);
    const whole = fitPipeline(smallCalifornia.table, smallCalifornia.target, { learner: 'forest', params: { n_estimators: 40 } });
    expect(whole.extra['oob_score']).toBeCloseTo(0.7507, 1);
  });

  test.each([
    { learner: 'linear' },
    { learner: 'ridge' },
    { learner: 'tree' },
    { learner: 'forest', params: { n_estimators: 8 } },
    { learner: 'boosting' },
  ])('$learner exported says the same on all rows', async (options) => {
    const pipeline = fitPipeline(california.table, california.target, options);
    expect((await compareWithOnnx(pipeline, california.table)).difference).toBeLessThan(1e-5);
  });
});

describe('Iris', () => {
  test('softmax regression has the coefficients of scikit-learn', () => {
    const pipeline = fitPipeline(flowers.table, flowers.target, {
      learner: 'logistic',
      scale: false,
      params: { tol: 1e-10, max_iter: 5000 },
    });
    const [setosa, , virginica] = pipeline.coefficients;
    expect(setosa!.label).toBe('setosa');
    expect(Object.values(setosa!.weights)).toEqual([-0.42350554, 0.96734986, -2.51715374, -1.07933606].map((w) => expect.closeTo(w, 5)));
    expect(setosa!.intercept).toBeCloseTo(9.84954988, 4);
    expect(Object.values(virginica!.weights)).toEqual([-0.11095402, -0.64576115, 2.72354557, 2.02363346].map((w) => expect.closeTo(w, 5)));
  });

  test('logistic regression of two classes has the coefficients of scikit-learn', () => {
    const rows = Int32Array.from({ length: 100 }, (_, i) => i + 50);
    const codes = Int32Array.from(rows, (row) => (row < 100 ? 0 : 1));
    const target = { kind: 'classification', name: 'species', classes: ['versicolor', 'virginica'], codes } as const;
    const pipeline = fitPipeline(takeRows(flowers.table, rows), target, {
      learner: 'logistic',
      scale: false,
      params: { tol: 1e-10, max_iter: 5000 },
    });
    // Two rows of opposite sign here, one in scikit-learn.
    const [, virginica] = pipeline.coefficients;
    expect(Object.values(virginica!.weights).map((w) => 2 * w)).toEqual(
      [-0.39443349, -0.5132774, 2.93075139, 2.41703221].map((w) => expect.closeTo(w, 4)),
    );
    expect(2 * virginica!.intercept).toBeCloseTo(-14.43075819, 3);
  });

  test.each([
    { learner: 'logistic', accuracy: 0.963 },
    { learner: 'tree', accuracy: 0.94 },
    { learner: 'forest', accuracy: 0.951, params: { n_estimators: 50 } },
    { learner: 'boosting', accuracy: 0.948, params: { max_iter: 40 } },
  ])('$learner in 10 stratified folds has the accuracy of scikit-learn', async ({ accuracy, ...options }) => {
    const { mean } = crossValidate(flowers.table, flowers.target, { ...options, folds: 10, seed: 1 });
    expect(Math.abs(mean['accuracy']! - accuracy)).toBeLessThan(0.025);
    const pipeline = fitPipeline(flowers.table, flowers.target, options);
    const { difference, otherLabels } = await compareWithOnnx(pipeline, flowers.table);
    expect(difference).toBeLessThan(1e-5);
    expect(otherLabels).toBe(0);
  });
});
