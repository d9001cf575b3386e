import { LearnerError } from './errors.ts';

/** Code of a category that is none of the column's `categories`: learnt together with all others of its kind, as unseen ones are scored. */
export const OTHER_CATEGORY = -2;

/** A column of a table. Numbers: NaN is missing. Categories: code −1 is missing, `OTHER_CATEGORY` is none of `categories`, else an index into them. */
export type Column =
  | { readonly kind: 'number'; readonly name: string; readonly values: Float64Array }
  | { readonly kind: 'category'; readonly name: string; readonly codes: Int32Array; readonly categories: readonly string[] };

/** Features by column; every column has `rows` entries and a name of its own. */
export interface Table {
  readonly rows: number;
  readonly columns: readonly Column[];
}

/** What is to be predicted, one entry a row of the table. Classes are the labels that come back, in this order. */
export type Target =
  | { readonly kind: 'regression'; readonly name: string; readonly values: Float64Array }
  | {
      readonly kind: 'classification';
      readonly name: string;
      readonly classes: readonly string[] | readonly number[];
      readonly codes: Int32Array;
    };

/** Answers for a table. `probabilities` is rows × classes, row by row. */
export type Prediction =
  | { readonly kind: 'regression'; readonly values: Float64Array }
  | { readonly kind: 'classification'; readonly codes: Int32Array; readonly probabilities: Float64Array };

/** The rows of `table` at the given positions, in that order; a position may occur twice. */
export function takeRows(table: Table, rows: Int32Array | readonly number[]): Table {
  const columns = table.columns.map(
    (column): Column =>
      column.kind === 'number'
        ? { ...column, values: pick(column.values, new Float64Array(rows.length), rows) }
        : { ...column, codes: pick(column.codes, new Int32Array(rows.length), rows) },
  );
  return { rows: rows.length, columns };
}

/** The entries of `target` at the given positions; all classes are kept, also those that no longer occur. */
export function takeTarget(target: Target, rows: Int32Array | readonly number[]): Target {
  return target.kind === 'regression'
    ? { ...target, values: pick(target.values, new Float64Array(rows.length), rows) }
    : { ...target, codes: pick(target.codes, new Int32Array(rows.length), rows) };
}

function pick<T extends Float64Array | Int32Array>(from: T, into: T, rows: Int32Array | readonly number[]): T {
  for (let i = 0; i < rows.length; i++) into[i] = from[rows[i]!]!;
  return into;
}

/** How many entries a target has. */
export function targetLength(target: Target): number {
  return target.kind === 'regression' ? target.values.length : target.codes.length;
}

/** @throws LearnerError TABLE_INVALID, VALUE_NOT_FINITE for lengths, names, codes or values that cannot be used */
export function checkTable(table: Table): void {
  if (table.columns.length === 0) throw new LearnerError('TABLE_INVALID', 'The table has no feature columns; at least one is needed.');
  const names = new Set<string>();
  for (const column of table.columns) {
    if (names.has(column.name)) throw new LearnerError('TABLE_INVALID', `Two feature columns are named '${column.name}'.`);
    names.add(column.name);
    const length = column.kind === 'number' ? column.values.length : column.codes.length;
    if (length !== table.rows) {
      throw new LearnerError('TABLE_INVALID', `Column '${column.name}' has ${length} entries, the table ${table.rows} rows.`);
    }
    if (column.kind === 'number') checkNumbers(column.name, column.values);
    else checkCodes(column.name, column.codes, { count: column.categories.length, lowest: OTHER_CATEGORY });
  }
}

/** NaN is missing and allowed; infinities, also those that arise by rounding to 32 bits, are not. */
function checkNumbers(name: string, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) {
    const value = Math.fround(values[i]!);
    if (value - value !== 0 && !Number.isNaN(value)) {
      throw new LearnerError(
        'VALUE_NOT_FINITE',
        `Column '${name}' holds ${values[i]} in row ${i}: values must be within ±3.4e38 or missing.`,
      );
    }
  }
}

function checkCodes(name: string, codes: Int32Array, range: { readonly count: number; readonly lowest: number }): void {
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    if (code < range.lowest || code >= range.count) {
      throw new LearnerError('TABLE_INVALID', `'${name}' has code ${code} in row ${i}; allowed are ${range.lowest} to ${range.count - 1}.`);
    }
  }
}

/**
 * Refuses targets that nothing can be learnt from.
 *
 * @throws LearnerError TARGET_INVALID: missing or infinite values, no rows, codes out of range, fewer than two classes
 */
export function checkTarget(target: Target, rows: number): void {
  const length = targetLength(target);
  if (length !== rows) throw new LearnerError('TARGET_INVALID', `Target '${target.name}' has ${length} entries, the table ${rows} rows.`);
  if (target.kind === 'regression') {
    const bad = target.values.findIndex((value) => !Number.isFinite(Math.fround(value)));
    if (bad >= 0) {
      const value = Number.isNaN(target.values[bad]) ? 'a missing value' : `${target.values[bad]}`;
      throw new LearnerError('TARGET_INVALID', `Target '${target.name}' has ${value} in row ${bad}: drop such rows before training.`);
    }
    return;
  }
  const seen = new Uint8Array(target.classes.length);
  for (let i = 0; i < length; i++) {
    const code = target.codes[i]!;
    if (code < 0 || code >= seen.length) {
      throw new LearnerError('TARGET_INVALID', `Target '${target.name}' has no class in row ${i}: drop such rows before training.`);
    }
    seen[code] = 1;
  }
  const present = seen.reduce((sum, flag) => sum + flag, 0);
  if (present < 2) {
    const only = present === 0 ? 'no class' : `only the class '${target.classes[seen.indexOf(1)]}'`;
    throw new LearnerError('TARGET_INVALID', `Target '${target.name}' has ${only}; a classifier needs at least two different classes.`);
  }
}
