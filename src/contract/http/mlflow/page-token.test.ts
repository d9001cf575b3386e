import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readPageToken, writePageToken } from './page-token.ts';

const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double({ noNaN: true }).filter((n) => !Object.is(n, -0)),
  fc.integer(),
  fc.constant(null),
);

test('a token brings back the place that it was made of, for its own query', () => {
  fc.assert(
    fc.property(fc.array(value), fc.nat(2), fc.string(), (after, phase, query) => {
      const token = writePageToken({ phase, after }, query);
      expect(readPageToken(token, query)).toEqual({ phase, after: after.map((v) => (typeof v === 'string' ? v.toWellFormed() : v)) });
      expect(readPageToken(token, `${query} `)).toBeUndefined();
    }),
  );
});

test('a token that is garbage is nothing', () => {
  const plain = (text: string) => btoa(text);
  const forged = ['', 'x', '====', plain('{"offset":3}'), plain('[1,2,3]'), plain('[]'), plain('null'), 'e30='];
  for (const token of forged) expect(readPageToken(token, 'q')).toBeUndefined();
  fc.assert(fc.property(fc.string(), (token) => readPageToken(token, 'q') === undefined));
});
