import { expect, test } from 'vitest';
import { parseJson } from './body.ts';

const nested = (levels: number, pad = 0): Buffer => Buffer.from(`${' '.repeat(pad)}${'['.repeat(levels)}${']'.repeat(levels)}`);

test('a body is refused where it is no JSON, no UTF-8 or too deep', () => {
  expect(parseJson(Buffer.from('{"a":[1]}'))).toEqual({ a: [1] });
  expect(parseJson(Buffer.alloc(0))).toBeUndefined();
  expect(() => parseJson(Buffer.from('{"a":NaN}'))).toThrow('not valid JSON');
  expect(() => parseJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow('UTF-8');
  expect(() => parseJson(nested(10_000))).toThrow('100 levels');
  expect(() => parseJson(nested(101, 2000))).toThrow('100 levels');
  expect(() => parseJson(nested(100, 2000))).not.toThrow();
});

test('brackets inside texts are not nesting', () => {
  const text = `${'[{'.repeat(2000)}\\" ${'['.repeat(2000)} \\\\`;
  expect(parseJson(Buffer.from(JSON.stringify({ a: text, b: [text] })))).toEqual({ a: text, b: [text] });
});
