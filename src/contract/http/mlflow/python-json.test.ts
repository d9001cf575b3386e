import { expect, test } from 'vitest';
import { isFloat, parseKeepingFloats, pythonJson } from './python-json.ts';

test('values are written as json.dumps writes them', () => {
  expect(pythonJson([{ name: 'm', version: 1 }, null, true])).toBe('[{"name": "m", "version": 1}, null, true]');
  expect(pythonJson('zoë 🚂')).toBe('"zo\\u00eb \\ud83d\\ude82"');
  expect(pythonJson(undefined)).toBe('null');
});

test('a whole number stays the float that it was written as', () => {
  expect(pythonJson(parseKeepingFloats('{"a":9.0,"b":9,"c":[1e2,0.5]}'))).toBe('{"a": 9.0, "b": 9, "c": [100.0, 0.5]}');
  expect(JSON.stringify(parseKeepingFloats('[12345678901234567890,1.0]'))).toBe('[12345678901234567890,1.0]');
  const [float, int] = parseKeepingFloats('[1.0,1]') as [unknown, unknown];
  expect([isFloat(float), isFloat(int)]).toEqual([true, false]);
});
