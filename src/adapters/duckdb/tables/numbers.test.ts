import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPlainNumber, NumberStyle } from './numbers.ts';

const cents = fc.array(
  fc.integer({ min: -1e11, max: 1e11 }).map((value) => value / 100),
  { minLength: 1, maxLength: 20 },
);

test.each([
  ['en-US', 'USD'],
  ['de-DE', 'EUR'],
  ['fr-FR', 'EUR'],
  ['de-CH', undefined],
  ['en-GB', 'GBP'],
  ['pt-BR', undefined],
])('amounts as %s writes them are read back', (locale, currency) => {
  const form = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, ...(currency ? { style: 'currency', currency } : {}) });
  fc.assert(
    fc.property(cents, (values) => {
      const texts = values.map((value) => form.format(value));
      const style = new NumberStyle(false);
      for (const text of texts) style.add(text);
      expect(style.isNumber).toBe(true);
      expect(texts.map((text) => style.read(text))).toEqual(values.map((value) => (value === 0 ? expect.closeTo(0) : value)));
      expect(style.integer).toBe(false);
    }),
    { numRuns: 200, seed: 5 },
  );
});

test.each([
  ['plain', '1.5'],
  ['pointed', '1,234.5'],
  ['commaed', '1.234,5'],
])('words for a missing value are missing among %s numbers too', (_, number) => {
  const words = ['.', '-', '--', '?', 'NA', '#N/A', 'None'];
  const style = new NumberStyle(false);
  for (const text of [number, ...words]) style.add(text);
  expect(style.isNumber).toBe(true);
  expect(words.map((text) => style.read(text))).toEqual(words.map(() => Number.NaN));
  expect(['inf', '-Infinity', '+Inf'].map((text) => style.read(text))).toEqual([
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
  ]);
});

test('a long text that begins like a number holds nobody up', () => {
  const before = process.cpuUsage();
  for (const text of [`1${' '.repeat(1e6)}z`, `${'1'.repeat(1e6)}z`, `${'1'.repeat(1e6)}`]) {
    const style = new NumberStyle(false);
    style.add(text);
    expect([style.isNumber, isPlainNumber(text)]).toEqual([false, false]);
  }
  const { user, system } = process.cpuUsage(before);
  // Microseconds here, and more than half an hour where each character begins a walk to the end.
  expect((user + system) / 1000).toBeLessThan(5000);
});
