import { expect, test } from 'vitest';
import { binOf } from '#stats/bins.ts';
import { profileNumbers } from '#stats/profile.ts';
import { populationStabilityIndex, psiNoiseLevel } from '#stats/psi.ts';
import { balancedSplit } from './balanced-split.ts';
import { createRandom } from './random.ts';
import { type ThreeWaySplit, threeWaySplit } from './split.ts';
import type { Table, Target } from './table.ts';

/** 150 rows of four numbers, one with gaps, one category, and three classes. */
function sample(seed: number) {
  const random = createRandom(seed);
  const numbers = (gap: number) => Float64Array.from({ length: 150 }, () => (random.next() < gap ? Number.NaN : random.next() ** 2));
  const codes = (count: number) => Int32Array.from({ length: 150 }, () => random.below(count));
  const table: Table = {
    rows: 150,
    columns: [
      ...['a', 'b', 'c'].map((name) => ({ kind: 'number' as const, name, values: numbers(0) })),
      { kind: 'number', name: 'gaps', values: numbers(0.2) },
      { kind: 'category', name: 'colour', codes: codes(4), categories: ['red', 'green', 'blue', 'grey'] },
    ],
  };
  const target: Target = { kind: 'classification', name: 'y', classes: ['k', 'l', 'm'], codes: codes(3) };
  return { table, target };
}

const shares = { validation: 0, test: 0.3 };

/** Whether monitoring would take the test rows, sent without end, for drift of one of the numbers. */
function looksDrifted({ columns }: Table, { train, test: held }: ThreeWaySplit): boolean {
  return columns.slice(0, 3).some((column) => {
    if (column.kind !== 'number') return false;
    const profile = profileNumbers(
      column.name,
      Array.from(train, (row) => column.values[row]!),
    );
    const counts = profile.counts.map(() => 0);
    for (const row of held) counts[binOf(profile.edges ?? [], column.values[row]!)]!++;
    return populationStabilityIndex(profile.counts, counts) >= Math.max(0.1, psiNoiseLevel(counts.length, train.length, 1e9));
  });
}

test('small test sets resemble the rows that are trained on, which chance alone does not see to', () => {
  let byChance = 0;
  for (let seed = 0; seed < 60; seed++) {
    const data = sample(seed);
    if (looksDrifted(data.table, threeWaySplit(data.target, shares, { seed, stratify: true }))) byChance++;
    expect([seed, looksDrifted(data.table, balancedSplit(data, shares, { seed, stratify: true }))]).toEqual([seed, false]);
  }
  expect(byChance).toBeGreaterThan(10);
});

test('every row is in one part, classes keep their shares, and a seed always gives the same', () => {
  const data = sample(7);
  const draw = (seed: number): ThreeWaySplit => balancedSplit(data, { validation: 0.1, test: 0.2 }, { seed, stratify: true });
  const { train, validation, test: held } = draw(1);
  expect([train.length, validation.length, held.length]).toEqual([105, 15, 30]);
  expect([...train, ...validation, ...held].sort((a, b) => a - b)).toEqual(Array.from({ length: 150 }, (_, i) => i));
  expect(draw(1)).toEqual({ train, validation, test: held });
  expect(draw(2)).not.toEqual({ train, validation, test: held });
  const codes = data.target.kind === 'classification' ? data.target.codes : new Int32Array();
  for (const code of [0, 1, 2]) {
    const share = (rows: Int32Array): number => rows.filter((row) => codes[row] === code).length / rows.length;
    expect(Math.abs(share(held) - share(train))).toBeLessThan(0.05);
  }
});
