import { expect, test } from 'vitest';
import { canonicalLabel, labelNumber } from './labels.ts';

test.each([
  [1, '1'],
  ['1', '1'],
  ['1.0', '1'],
  [' 01 ', '1'],
  [-0, '0'],
  ['-0.0', '0'],
  [0.5, '0.5'],
  ['.50', '0.5'],
  ['setosa', 'setosa'],
  [' kept as it is ', ' kept as it is '],
  ['', ''],
  ['1e3', '1e3'],
  ['12345678901234567890', '12345678901234567890'],
  ['NaN', 'NaN'],
])('the label %j is the class %j', (label, expected) => {
  expect(canonicalLabel(label)).toBe(expected);
});

test('only a label that is written as a number stands for one', () => {
  expect([labelNumber('3.50'), labelNumber(2), labelNumber('x'), labelNumber('')]).toEqual([3.5, 2, null, null]);
});
