import { expect, test } from 'vitest';
import { anyValueJson } from './any-value.ts';

test('values are written as Python writes JSON', () => {
  const doubles: readonly (readonly [number, string])[] = [
    [1, '1.0'],
    [-0, '-0.0'],
    [0.1, '0.1'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [1.5e300, '1.5e+300'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [-2.5e-7, '-2.5e-07'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ];
  for (const [double_value, text] of doubles) expect(anyValueJson({ double_value })).toBe(text);
  expect(anyValueJson({ double_value: Number.NaN }, true)).toBe('"NaN"');
  const pairs = [
    { key: 'a', value: { int_value: 9007199254740993n } },
    { key: 'ü', value: { array_value: { values: [{ bool_value: true }, {}, { string_value: '"\n' }] } } },
    { key: 'a', value: { int_value: 2n } },
    { value: { bytes_value: Buffer.from('hi') } },
  ];
  expect(anyValueJson({ kvlist_value: { values: pairs } })).toBe('{"a": 2, "ü": [true, null, "\\"\\n"], "": "aGk="}');
});
