import { LearnerError } from '../errors.ts';
import { type Column, OTHER_CATEGORY, type Table, type Target } from '../table.ts';
import { rankByTarget } from './category-order.ts';

/** A numeric matrix by column, 32 bits as in the exported model. No value is missing. */
export interface Features {
  readonly rows: number;
  readonly columns: readonly Float32Array[];
}

/** How one input column becomes features. Missing categories read as the category ''. */
export type ColumnEncoding =
  | { readonly kind: 'number'; readonly name: string; readonly fill: number }
  | { readonly kind: 'one-hot'; readonly name: string; readonly categories: readonly string[] }
  | { readonly kind: 'ordinal'; readonly name: string; readonly categories: readonly string[]; readonly fallback: number };

/** Subtracted from and multiplied with each feature, in 32 bits. */
export interface Scaling {
  readonly offset: Float32Array;
  readonly factor: Float32Array;
}

/** Everything learnt before the learner itself. `sources[j]` is the input column of feature j. */
export interface Encoder {
  readonly columns: readonly ColumnEncoding[];
  readonly scaling: Scaling | null;
  readonly names: readonly string[];
  readonly sources: Int32Array;
}

/** What an encoder should do for a learner. */
export interface EncodingChoice {
  /** `one-hot` for linear learners; `ordinal` (ranked by the target) for trees. */
  readonly categories: 'one-hot' | 'ordinal';
  /** `lowest` puts rows without a value below all others when such rows were seen in training, so that a tree can split them off. */
  readonly missing: 'mean' | 'median' | 'lowest';
  /** Centre numbers, and divide them by their standard deviation. */
  readonly scaling: 'none' | 'centre' | 'standard';
}

/** Categories of a column that get an indicator each; rarer ones are treated as unseen, so that identifiers do not fill the memory. */
const ONE_HOT_LIMIT = 250;

const LOWEST = -3.4028234663852886e38;

/** Learns fills, categories and scaling from the training rows. */
export function fitEncoder(table: Table, target: Target, choice: EncodingChoice): Encoder {
  const columns = table.columns.map((column) => fitColumn(column, target, choice));
  const names: string[] = [];
  const sources: number[] = [];
  for (const [i, column] of columns.entries()) {
    const labels = column.kind === 'one-hot' ? column.categories.map((category) => `${column.name}=${category}`) : [column.name];
    names.push(...labels);
    sources.push(...labels.map(() => i));
  }
  const plain: Encoder = { columns, scaling: null, names, sources: Int32Array.from(sources) };
  if (choice.scaling === 'none') return plain;
  return { ...plain, scaling: fitScaling(encode(plain, table), plain, choice.scaling) };
}

function fitColumn(column: Column, target: Target, choice: EncodingChoice): ColumnEncoding {
  const { name } = column;
  if (column.kind === 'number') return { kind: 'number', name, fill: fillFor(column.values, choice.missing) };
  if (choice.categories === 'one-hot') return { kind: 'one-hot', name, categories: presentCategories(column, ONE_HOT_LIMIT) };
  const present = presentCategories(column, Number.POSITIVE_INFINITY);
  return { kind: 'ordinal', name, ...rankByTarget(column, present, target) };
}

/** The `limit` most frequent categories that occur, sorted by name; '' stands for missing. */
function presentCategories(column: Column & { kind: 'category' }, limit: number): string[] {
  const byCode = new Float64Array(column.categories.length + 1);
  for (const code of column.codes) if (code !== OTHER_CATEGORY) byCode[code + 1]!++;
  const counts = new Map<string, number>();
  for (const [i, count] of byCode.entries()) {
    if (count === 0) continue;
    const category = i === 0 ? '' : column.categories[i - 1]!;
    counts.set(category, (counts.get(category) ?? 0) + count);
  }
  const names = [...counts.keys()].sort();
  if (names.length <= limit) return names;
  const frequent = names.toSorted((a, b) => counts.get(b)! - counts.get(a)!).slice(0, limit);
  return frequent.sort();
}

function fillFor(values: Float64Array, missing: EncodingChoice['missing']): number {
  const present = new Float32Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isNaN(value)) present[count++] = value;
  }
  if (count === 0) return 0;
  if (missing === 'lowest' && count < values.length) return LOWEST;
  return Math.fround(missing === 'mean' ? mean(present.subarray(0, count)) : median(present.subarray(0, count)));
}

function mean(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** Middle value (mean of the two middle ones); reorders `values`. Hoare's selection, expected linear time. */
function median(values: Float32Array): number {
  const middle = values.length >> 1;
  const upper = select(values, middle);
  if (values.length % 2 === 1) return upper;
  let lower = values[0]!;
  for (let i = 1; i < middle; i++) lower = Math.max(lower, values[i]!);
  return (lower + upper) / 2;
}

function select(values: Float32Array, wanted: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i <= j) {
        const kept = values[i]!;
        values[i++] = values[j]!;
        values[j--] = kept;
      }
    }
    if (wanted <= j) high = j;
    else if (wanted >= i) low = i;
    else break;
  }
  return values[wanted]!;
}

function fitScaling(features: Features, encoder: Encoder, kind: 'centre' | 'standard'): Scaling {
  const offset = new Float32Array(features.columns.length);
  const factor = new Float32Array(features.columns.length).fill(1);
  for (const [j, values] of features.columns.entries()) {
    if (encoder.columns[encoder.sources[j]!]!.kind !== 'number') continue;
    const center = mean(values);
    offset[j] = center;
    if (kind === 'centre') continue;
    let squares = 0;
    for (let i = 0; i < values.length; i++) squares += (values[i]! - center) ** 2;
    const inverse = 1 / Math.sqrt(squares / values.length);
    factor[j] = Number.isFinite(Math.fround(inverse)) ? inverse : 1;
  }
  return { offset, factor };
}

/**
 * Applies an encoder to a table with the same column names; columns that it does not know are ignored.
 * Numbers are rounded to 32 bits, and scaled in 32 bits as ONNX does.
 *
 * @throws LearnerError COLUMN_MISSING for a column that is absent or of the other kind
 */
export function encode(encoder: Encoder, table: Table): Features {
  const columns: Float32Array[] = [];
  for (const encoding of encoder.columns) {
    const column = table.columns.find((candidate) => candidate.name === encoding.name);
    const kind = encoding.kind === 'number' ? 'number' : 'category';
    if (column?.kind !== kind) {
      const found = column ? `is a ${column.kind} column` : 'is absent';
      throw new LearnerError('COLUMN_MISSING', `The model needs a ${kind} column '${encoding.name}', which ${found} in this table.`);
    }
    columns.push(...encodeColumn(encoding, column, table.rows));
  }
  if (encoder.scaling) for (const [j, values] of columns.entries()) scale(values, encoder.scaling, j);
  return { rows: table.rows, columns };
}

function encodeColumn(encoding: ColumnEncoding, column: Column, rows: number): Float32Array[] {
  if (column.kind === 'number') {
    const out = new Float32Array(column.values);
    if (encoding.kind === 'number') for (let i = 0; i < rows; i++) if (Number.isNaN(out[i])) out[i] = encoding.fill;
    return [out];
  }
  if (encoding.kind === 'number') return [];
  const positions = new Map(encoding.categories.map((category, i) => [category, i]));
  // From OTHER_CATEGORY on, so that a code plus 2 is a place.
  const byCode = Int32Array.from([null, '', ...column.categories], (category) =>
    category === null ? -1 : (positions.get(category) ?? -1),
  );
  if (encoding.kind === 'ordinal') {
    const out = new Float32Array(rows);
    for (let i = 0; i < rows; i++) {
      const position = byCode[column.codes[i]! - OTHER_CATEGORY]!;
      out[i] = position < 0 ? encoding.fallback : position;
    }
    return [out];
  }
  const out = encoding.categories.map(() => new Float32Array(rows));
  for (let i = 0; i < rows; i++) {
    const position = byCode[column.codes[i]! - OTHER_CATEGORY]!;
    if (position >= 0) out[position]![i] = 1;
  }
  return out;
}

function scale(values: Float32Array, { offset, factor }: Scaling, j: number): void {
  const shift = offset[j]!;
  const by = factor[j]!;
  if (shift === 0 && by === 1) return;
  for (let i = 0; i < values.length; i++) values[i] = Math.fround(values[i]! - shift) * by;
}
