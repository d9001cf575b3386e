import fc from 'fast-check';
import { expect, test } from 'vitest';
import { binFeatures } from './bins.ts';
import { divideStably, rankValues, sortedOrder, thresholdBetween } from './order.ts';

const floats = fc.float({ noNaN: true, noDefaultInfinity: true });

test('the order is that of a stable sort, with −0 equal to 0', () => {
  fc.assert(
    fc.property(fc.float32Array({ noNaN: true, noDefaultInfinity: true }), (values) => {
      const expected = [...values.keys()].sort((a, b) => values[a]! - values[b]! || a - b);
      expect([...sortedOrder(values)]).toEqual(expected);
    }),
  );
});

test('a threshold separates any two numbers in 32 bits', () => {
  fc.assert(
    fc.property(floats, floats, (a, b) => {
      fc.pre(a < b);
      const t = thresholdBetween(a, b);
      return Math.fround(t) === t && a <= t && b > t;
    }),
  );
});

test('ranks tell equal values and their order', () => {
  const { distinct, ranks } = rankValues(Float32Array.of(3, -1, 3, 0, -0, 7));
  expect([...distinct]).toEqual([-1, 0, 3, 7]);
  expect([...ranks]).toEqual([2, 0, 2, 1, 1, 3]);
});

test('bins agree with their edges, whatever the values', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), floats), { minLength: 1, maxLength: 300 }),
      fc.integer({ min: 2, max: 20 }),
      (list, maxBins) => {
        const values = Float32Array.from(list);
        const { bins, edges } = binFeatures({ rows: values.length, columns: [values] }, maxBins);
        expect(edges[0]!.length).toBeLessThan(maxBins);
        for (const [i, value] of values.entries()) expect(bins[0]![i]).toBe(edges[0]!.filter((edge) => edge < value).length);
        if (new Set(values).size > 1) expect(edges[0]!.length).toBeGreaterThan(0);
      },
    ),
  );
});

test('dividing keeps the order on both sides', () => {
  const rows = Int32Array.of(9, 4, 7, 1, 0, 3, 8);
  const flags = Uint8Array.from({ length: 10 }, (_, row) => row % 2);
  expect(divideStably({ rows, start: 1, end: 6 }, flags, new Int32Array(10))).toBe(3);
  expect([...rows]).toEqual([9, 7, 1, 3, 4, 0, 8]);
});
