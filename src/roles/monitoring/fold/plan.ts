import type { FeatureValue } from '#contract/events.ts';
import type { ReferenceColumn, ReferenceProfile } from '#contract/model-schema.ts';
import { binOf } from '#stats/bins.ts';
import { type ColumnCounts, countUnseen, emptyColumn, type WindowCounts } from './counts.ts';

type Counter = (column: ColumnCounts, value: FeatureValue | undefined) => void;

interface Column {
  readonly name: string;
  readonly bins: number;
  readonly count: Counter;
}

/** A reference made ready to count rows: bins as typed arrays, categories as maps. */
export class FoldPlan {
  /** Id of the reference whose bins these are. */
  readonly reference: string;
  readonly #columns: readonly Column[];
  readonly #prediction: Column | undefined;

  constructor(reference: string, profile: Pick<ReferenceProfile, 'columns' | 'prediction'>) {
    this.reference = reference;
    this.#columns = profile.columns.map(compile);
    this.#prediction = profile.prediction === undefined ? undefined : compile(profile.prediction);
  }

  empty(): WindowCounts {
    const columns = Object.fromEntries(this.#columns.map(({ name, bins }) => [name, emptyColumn(bins)]));
    return { rows: 0, errors: 0, columns, prediction: this.#prediction ? emptyColumn(this.#prediction.bins) : null };
  }

  /** Counts one row into a window that `empty` made. The prediction of a failed row is not counted. */
  add(
    window: WindowCounts,
    row: {
      readonly features: Readonly<Record<string, FeatureValue>>;
      readonly prediction: number | string | null;
      readonly status: string;
    },
  ): void {
    window.rows++;
    for (const { name, count } of this.#columns) count(window.columns[name] as ColumnCounts, row.features[name]);
    if (row.status !== 'ok') window.errors++;
    else if (this.#prediction && window.prediction) this.#prediction.count(window.prediction, row.prediction);
  }
}

function compile(column: ReferenceColumn): Column {
  const { name, counts } = column;
  return { name, bins: counts.length, count: column.kind === 'number' ? numberCounter(column) : categoryCounter(column) };
}

function numberCounter({ edges = [], min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: ReferenceColumn): Counter {
  const bounds = Float64Array.from(edges);
  return (column, value) => {
    const number = typeof value === 'number' ? value : numberOf(value);
    if (!Number.isFinite(number)) {
      column.missing++;
      return;
    }
    column.counts[binOf(bounds, number)]!++;
    if (number < min) column.below++;
    else if (number > max) column.above++;
  };
}

function numberOf(value: FeatureValue | undefined): number {
  if (value === null || value === undefined || value === '') return Number.NaN;
  return Number(value);
}

function categoryCounter({ categories = [], counts }: ReferenceColumn): Counter {
  const places = new Map(categories.map((category, i) => [category, i]));
  const others = counts.length - 1;
  return (column, value) => {
    if (value === null || value === undefined) {
      column.missing++;
      return;
    }
    const text = typeof value === 'string' ? value : String(value);
    const place = places.get(text);
    column.counts[place ?? others]!++;
    if (place === undefined) countUnseen(column, text);
  };
}
