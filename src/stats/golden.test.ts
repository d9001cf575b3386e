import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { chiSquareGoodnessOfFit, chiSquareHomogeneity } from './chi-square.ts';
import { hellingerDistance, jensenShannonDistance, largestShareDifference } from './divergence.ts';
import { evidentlyCounts, evidentlyPsi } from './evidently.ts';
import { doaneEdges, histogram } from './histogram.ts';
import { ksStatistic } from './kolmogorov-smirnov.ts';

interface Case {
  readonly evidently: Readonly<Record<string, { readonly score: number }>>;
  readonly nannyml: Readonly<Record<string, number>>;
}
const golden = JSON.parse(readFileSync(new URL('../../test/fixtures/monitoring-golden.json', import.meta.url), 'utf8')) as {
  cases: Readonly<Record<string, Case>>;
};
const make = <V>(n: number, at: (i: number) => V): V[] => Array.from({ length: n }, (_, i) => at(i));
const letter = (i: number): string => 'abcdefgh'[i]!;
const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

/** Inputs as the fixture describes them in words. */
const numeric: Readonly<Record<string, readonly [number[], number[]]>> = {
  num_small: [make(500, (i) => ((i * 7919) % 10007) / 100), make(400, (i) => (((i * 7907 + 31) % 10007) / 100) * 1.1 + 3)],
  num_large: [make(3000, (i) => ((i * 7919) % 10007) / 100), make(2000, (i) => (((i * 7907 + 31) % 10007) / 100) * 1.02 + 0.5)],
  num_lowcard: [make(900, (i) => (i * 31) % 7), make(700, (i) => (i * i * 17) % 11)],
};
const categorical: Readonly<Record<string, readonly [string[], string[]]>> = {
  cat_same_support: [make(800, (i) => letter((i * i + 3 * i) % 5)), make(650, (i) => letter((i * i + i) % 5))],
  cat_mild: [make(800, (i) => letter(Math.min(4, (i * 7) % 11))), make(650, (i) => letter(Math.min(4, (i * 7) % 13)))],
  cat_new_category: [make(800, (i) => letter(Math.min(4, (i * 7) % 11))), make(650, (i) => letter((i * 7) % 6))],
  binary: [make(1000, (i) => ((i * 7) % 10 < 3 ? 'yes' : 'no')), make(600, (i) => ((i * 7) % 100 < 36 ? 'yes' : 'no'))],
};

function close(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)));
}

describe('the numbers that Evidently and NannyML give', () => {
  for (const [name, [reference, current]] of Object.entries(numeric)) {
    test(`${name}: psi and Jensen–Shannon as in Evidently`, () => {
      const expected = golden.cases[name]!.evidently;
      const counts = evidentlyCounts(reference, current);
      close(evidentlyPsi(counts), expected['psi']!.score);
      close(jensenShannonDistance(counts.reference, counts.current, Math.E), expected['jensenshannon']!.score);
    });

    test(`${name}: Jensen–Shannon, Hellinger and KS as in NannyML`, () => {
      const expected = golden.cases[name]!.nannyml;
      const edges = doaneEdges(reference);
      expect(edges.length - 1).toBe(expected['n_bins']);
      const inside = histogram(current, edges);
      const outside = current.length - inside.reduce((a, b) => a + b, 0);
      const counts = { reference: [...histogram(reference, edges), 0], current: [...inside, outside] };
      close(jensenShannonDistance(counts.reference, counts.current), expected['jensen_shannon']!);
      close(hellingerDistance(counts.reference, counts.current), expected['hellinger']!);
      close(ksStatistic(sorted(reference), sorted(current)), expected['kolmogorov_smirnov']!);
    });
  }

  for (const [name, [reference, current]] of Object.entries(categorical)) {
    test(`${name}: all categorical methods`, () => {
      const { evidently, nannyml } = golden.cases[name]!;
      const { reference: q, current: p } = evidentlyCounts(reference, current);
      close(evidentlyPsi({ reference: q, current: p }), evidently['psi']!.score);
      close(jensenShannonDistance(q, p, Math.E), evidently['jensenshannon']!.score);
      close(hellingerDistance(q, p), evidently['hellinger']!.score);
      close(chiSquareGoodnessOfFit(q, p).pValue, evidently['chisquare']!.score);
      close(jensenShannonDistance(q, p), nannyml['jensen_shannon']!);
      close(largestShareDifference(q, p), nannyml['l_infinity']!);
      const test = chiSquareHomogeneity(q, p);
      close(test.statistic, nannyml['chi2']!);
      close(test.pValue, nannyml['chi2_p']!);
    });
  }
});
