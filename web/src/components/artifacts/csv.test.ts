import { expect, test } from 'vitest';
import { parseTable } from './csv.ts';

const all = { most: 100, isCut: false };

test('quotes hold separators, quotes and lines', () => {
  expect(parseTable('a,b\r\n"x, y","say ""hi""\nthere"\r\n1,', ',', all)).toEqual([
    ['a', 'b'],
    ['x, y', 'say "hi"\nthere'],
    ['1', ''],
  ]);
});

test('of a text that was cut the last row is left out', () => {
  expect(parseTable('a\tb\n1\t2\n3', '\t', { most: 100, isCut: true })).toEqual([
    ['a', 'b'],
    ['1', '2'],
  ]);
});
