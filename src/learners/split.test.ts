import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRandom, permutation } from './random.ts';
import { kFold, stratifiedKFold, threeWaySplit, trainTestSplit } from './split.ts';
import type { Target } from './table.ts';

function classesOf(...counts: number[]): Target {
  const codes = Int32Array.from(counts.flatMap((count, code) => new Array<number>(count).fill(code)));
  return { kind: 'classification', name: 'y', classes: counts.map((_, i) => `c${i}`), codes };
}

const sorted = (...parts: Int32Array[]): number[] => parts.flatMap((part) => [...part]).sort((a, b) => a - b);
const everyRow = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

test('70/10/20 gives each row once, and the same rows for the same seed', () => {
  const target = classesOf(50, 50);
  const split = threeWaySplit(target, { validation: 0.1, test: 0.2 }, { seed: 5 });
  expect([split.train.length, split.validation.length, split.test.length]).toEqual([70, 10, 20]);
  expect(sorted(split.train, split.validation, split.test)).toEqual(everyRow(100));
  expect(threeWaySplit(target, { validation: 0.1, test: 0.2 }, { seed: 5 })).toEqual(split);
  expect(threeWaySplit(target, { validation: 0.1, test: 0.2 }, { seed: 6 })).not.toEqual(split);
});

test('a stratified split keeps the shares of classes in every part', () => {
  const target = classesOf(150, 100, 50);
  const split = threeWaySplit(target, { validation: 0.2, test: 0.2 }, { seed: 1, stratify: true });
  for (const part of [split.train, split.validation, split.test]) {
    const count = (code: number) => part.filter((row) => target.kind === 'classification' && target.codes[row] === code).length;
    expect(Math.abs(count(0) / part.length - 0.5)).toBeLessThan(0.04);
    expect(Math.abs(count(2) / part.length - 1 / 6)).toBeLessThan(0.04);
  }
});

test('folds hold each row once; stratified ones differ by at most one row of a class', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 2, max: 6 }),
      fc.nat(),
      (counts, folds, seed) => {
        const target = classesOf(6, ...counts);
        const n = counts.reduce((a, b) => a + b, 6);
        for (const splits of [kFold(target, folds, { seed }), stratifiedKFold(target, folds, seed)]) {
          expect(sorted(...splits.map((split) => split.test))).toEqual(everyRow(n));
          for (const split of splits) expect(sorted(split.train, split.test)).toEqual(everyRow(n));
          const sizes = splits.map((split) => split.test.length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('ten stratified folds of Iris-like classes hold five rows of each', () => {
  const target = classesOf(50, 50, 50);
  for (const { test: rows } of stratifiedKFold(target, 10, 3)) {
    const counts = [0, 1, 2].map((code) => rows.filter((row) => Math.floor(row / 50) === code).length);
    expect(Math.max(...counts)).toBeLessThanOrEqual(6);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(4);
  }
});

test('impossible splits are refused with a sentence', () => {
  const target = classesOf(2, 1);
  expect(() => trainTestSplit(target, 1, { seed: 0 })).toThrow('leave nothing for training');
  expect(() => trainTestSplit(classesOf(1), 0.5, { seed: 0 })).toThrow('1 rows are too few to split');
  expect(() => kFold(target, 4, { seed: 0 })).toThrow('3 rows are too few for 4 folds');
  expect(() => kFold(target, 1, { seed: 0 })).toThrow('a whole number from 2');
});

test('random numbers are even, and a permutation holds each number once', () => {
  const random = createRandom(9);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 20_000; i++) counts[random.below(10)]!++;
  for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200);
  expect(sorted(permutation(50, random))).toEqual(everyRow(50));
  expect(createRandom(2 ** 40 + 1).next()).not.toBe(createRandom(1).next());
});
