import { describe, expect, test } from 'vitest';
import { LogBatch, MetricPoint } from './runs.ts';

const point = { key: 'm', value: 1.5, timestamp: 7 };

/** A model's name sends the whole batch through the schema. */
const slow = { ...point, model_id: 'm-1' };

describe('the points of a batch', () => {
  test.each([
    { ...point },
    { ...point, step: 3 },
    { ...point, step: -3, value: -0 },
    { ...point, step: null },
    { ...point, step: '4' },
    { ...point, value: 'NaN' },
    { ...point, value: '1e3' },
    { ...point, timestamp: '12' },
    { ...point, unknown: { x: 1 } },
    { ...point, dataset_name: 'd' },
  ])('%j is read the same in a plain batch and in one that is not', (each) => {
    const one = MetricPoint.parse(each);
    expect(LogBatch.parse({ run_id: 'r', metrics: [point, each] }).metrics?.[1]).toEqual(one);
    expect(LogBatch.parse({ run_id: 'r', metrics: [slow, each] }).metrics?.[1]).toEqual(one);
  });

  test.each([
    { ...point, key: '' },
    { ...point, key: 5 },
    { ...point, key: 'a\u0000b' },
    { ...point, value: Number.POSITIVE_INFINITY },
    { ...point, value: 'abc' },
    { ...point, value: null },
    { ...point, timestamp: 1.5 },
    { ...point, timestamp: 2 ** 53 },
    { ...point, step: 0.5 },
    { key: 'm' },
    [],
    null,
    'text',
  ])('%j is refused at its place', (each) => {
    const { error } = LogBatch.safeParse({ run_id: 'r', metrics: [point, each] });
    const alone = MetricPoint.safeParse(each).error;
    expect(error?.issues).toEqual(alone?.issues.map((issue) => ({ ...issue, path: ['metrics', 1, ...issue.path] })));
  });
});
