import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { binOf, countIntoBins, nextUp, quantileEdges } from './bins.ts';
import { profileCategories, profileNumbers } from './profile.ts';
import { populationStabilityIndex, psiNoiseLevel } from './psi.ts';

const [header = '', ...lines] = readFileSync(new URL('../../examples/data/california_housing.csv', import.meta.url), 'utf8')
  .trimEnd()
  .split(/\r?\n/u);
const rows = lines.map((line) => line.split(',').map(Number));
const names = header.split(',');
const column = (of: readonly number[][], name: string): number[] => of.map((row) => row[names.indexOf(name)]!);
const psiOf = (reference: readonly number[], current: readonly number[]): number => {
  const { edges = [], counts } = profileNumbers('x', reference);
  return populationStabilityIndex(counts, countIntoBins(edges, current));
};

describe('population stability index over quantile bins', () => {
  test('of the south of California against the north has the known values', () => {
    const south = rows.filter((row) => row[6]! < 36.5);
    const north = rows.filter((row) => row[6]! >= 36.5);
    const expected = { AveOccup: 0.188, AveRooms: 0.11, HouseAge: 0.079, MedInc: 0.004 };
    for (const [name, value] of Object.entries(expected)) expect(psiOf(column(south, name), column(north, name))).toBeCloseTo(value, 2);
  });

  test('stays below the noise level for two halves of the same data', () => {
    const a = rows.filter((_, i) => (i * 7919) % 2 === 0);
    const b = rows.filter((_, i) => (i * 7919) % 2 === 1);
    for (const name of names) expect(psiOf(column(a, name), column(b, name))).toBeLessThan(psiNoiseLevel(10, a.length, b.length));
  });

  test('of a constant reference is large for any other value and zero for the same one', () => {
    const constant = new Array<number>(1000).fill(0.003467);
    expect(psiOf(constant, [...constant])).toBe(0);
    expect(psiOf(constant, new Array<number>(500).fill(0.004))).toBeGreaterThan(5);
    expect(psiOf(constant, new Array<number>(500).fill(0.003))).toBeGreaterThan(5);
  });

  test('sees a change from one tied value to another', () => {
    const mostlyZero = Array.from({ length: 1000 }, (_, i) => (i % 20 === 0 ? 1 : 0));
    expect(psiOf(mostlyZero, new Array<number>(500).fill(1))).toBeGreaterThan(5);
  });

  test('is never negative, and zero for equal shares', () => {
    const counts = fc.array(fc.nat(1000), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        const k = Math.min(a.length, b.length);
        const [x, y] = [
          [...a.slice(0, k), 1],
          [...b.slice(0, k), 1],
        ];
        expect(populationStabilityIndex(x, y)).toBeGreaterThanOrEqual(0);
        expect(populationStabilityIndex(x, [...x])).toBe(0);
      }),
    );
  });

  test('has a noise level that shrinks with the rows', () => {
    expect(psiNoiseLevel(10, 120, 100)).toBeCloseTo(27.877 * (1 / 120 + 1 / 100), 4);
    expect(psiNoiseLevel(1, 10, 10)).toBe(0);
  });
});

describe('bins and profiles', () => {
  test('give every value to the bin whose edges enclose it', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 }), fc.double({ noNaN: true }), (values, v) => {
        const edges = quantileEdges(Float64Array.from(values).sort());
        const at = binOf(edges, v);
        expect(at === 0 || edges[at - 1]! <= v).toBe(true);
        expect(at === edges.length || v < edges[at]!).toBe(true);
        expect(edges.every((edge, i) => i === 0 || edge > edges[i - 1]!)).toBe(true);
      }),
    );
  });

  test('step to the next double', () => {
    expect(nextUp(1)).toBe(1 + Number.EPSILON);
    expect(nextUp(0)).toBe(Number.MIN_VALUE);
    expect(nextUp(-1)).toBe(-1 + Number.EPSILON / 2);
  });

  test('count missing values apart', () => {
    expect(profileNumbers('x', [1, null, Number.NaN, 3])).toMatchObject({ rows: 4, missing: 2, min: 1, max: 3, mean: 2, median: 2 });
    expect(profileCategories('c', ['b', 'a', null, 'b'])).toMatchObject({ rows: 4, missing: 1, categories: ['b', 'a'], counts: [2, 1, 0] });
    expect(profileNumbers('x', [])).toMatchObject({ rows: 0, edges: [], counts: [0] });
  });
});
