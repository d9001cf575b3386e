import { binOf } from '#stats/bins.ts';
import { profileNumbers } from '#stats/profile.ts';
import { createRandom, type Random } from './random.ts';
import { type Shares, type SplitOptions, type ThreeWaySplit, threeWaySplit } from './split.ts';
import type { Column, Table, Target } from './table.ts';

/** Exchanges that are tried for each test row. */
const TRIES_PER_ROW = 40;

/**
 * `threeWaySplit` whose test rows are then exchanged with training rows of their class until they resemble all rows in every column: χ² of the test rows' bins
 * against the shares of the whole table, summed over the columns (and the target of a regression), never grows. Of 45 rows drawn by chance alone, one column in
 * ten lies as far off as drift does. No outcome of a model is looked at, so nothing is learnt from the test rows.
 *
 * @throws LearnerError as `threeWaySplit`
 * @see Morgan and Rubin, Rerandomization to improve covariate balance in experiments, Annals of Statistics 40(2), 2012, whose criterion is reached here by exchanges
 */
export function balancedSplit({ table, target }: { table: Table; target: Target }, shares: Shares, options: SplitOptions): ThreeWaySplit {
  const split = threeWaySplit(target, shares, options);
  const { train, test } = split;
  // As many bins as monitoring will count the training rows into.
  const aim = Math.min(10, Math.max(2, Math.floor(train.length / 20)));
  const columns = table.columns.map((column) => (column.kind === 'number' ? binsOfNumbers(column.values, aim) : binsOfCategories(column)));
  if (target.kind === 'regression') columns.push(binsOfNumbers(target.values, aim));
  const balances = columns.map((column) => balanceOf(column, test));
  const classOf = (row: number): number => (target.kind === 'regression' ? 0 : target.codes[row]!);
  const places = placesByClass(train, classOf);
  const random: Random = createRandom(options.seed);
  for (let tried = 0; tried < test.length * TRIES_PER_ROW; tried++) {
    const at = random.below(test.length);
    const leaving = test[at]!;
    const others = places.get(classOf(leaving)) ?? [];
    if (others.length === 0) continue;
    const place = others[random.below(others.length)]!;
    const coming = train[place]!;
    if (!(changeOf(balances, leaving, coming) < 0)) continue;
    for (const balance of balances) exchange(balance, leaving, coming);
    test[at] = coming;
    train[place] = leaving;
  }
  return split;
}

/** The bin of each row. */
interface Binned {
  readonly bins: Uint16Array;
  readonly count: number;
}

interface Balance extends Binned {
  /** Test rows in each bin, and as many as would be there in the shares of the whole table. */
  readonly counts: Float64Array;
  readonly expected: Float64Array;
}

/** Codes below 0, missing and other, have a bin each too. */
function binsOfCategories({ codes, categories }: Extract<Column, { kind: 'category' }>): Binned {
  return { bins: Uint16Array.from(codes, (code) => code + 2), count: categories.length + 2 };
}

/** Missing values have a bin of their own. */
function binsOfNumbers(values: Float64Array, aim: number): Binned {
  const { edges = [] } = profileNumbers('', values, aim);
  const bins = Uint16Array.from(values, (value) => (Number.isNaN(value) ? edges.length + 1 : binOf(edges, value)));
  return { bins, count: edges.length + 2 };
}

function balanceOf({ bins, count }: Binned, test: Int32Array): Balance {
  const counts = new Float64Array(count);
  for (const row of test) counts[bins[row]!]!++;
  const expected = new Float64Array(count);
  for (const bin of bins) expected[bin]! += test.length / bins.length;
  return { bins, count, counts, expected };
}

function placesByClass(train: Int32Array, classOf: (row: number) => number): Map<number, number[]> {
  const places = new Map<number, number[]>();
  for (const [place, row] of train.entries()) {
    const known = places.get(classOf(row));
    if (known === undefined) places.set(classOf(row), [place]);
    else known.push(place);
  }
  return places;
}

/** What an exchange would add to Σ (count − expected)² / expected. */
function changeOf(balances: readonly Balance[], leaving: number, coming: number): number {
  let change = 0;
  for (const { bins, counts, expected } of balances) {
    const from = bins[leaving]!;
    const to = bins[coming]!;
    if (from === to) continue;
    change += (1 - 2 * (counts[from]! - expected[from]!)) / expected[from]! + (1 + 2 * (counts[to]! - expected[to]!)) / expected[to]!;
  }
  return change;
}

function exchange({ bins, counts }: Balance, leaving: number, coming: number): void {
  counts[bins[leaving]!]!--;
  counts[bins[coming]!]!++;
}
