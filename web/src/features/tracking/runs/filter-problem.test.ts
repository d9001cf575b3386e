import { expect, test } from 'vitest';
import { problemOf } from './filter-problem.ts';

test('a mistake is placed where it is', () => {
  expect(problemOf("metrics.accuracy > 0.9 and params.depth = '3'")).toBeUndefined();
  expect(problemOf('metrics.accuracy >> 0.9')).toMatchObject({ at: 18 });
  expect(problemOf('metrics.accuracy >')).toMatchObject({ at: 18, message: expect.stringContaining('the text ends') });
  expect(problemOf('')).toBeUndefined();
});
