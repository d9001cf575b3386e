import type { Target } from '#learners/table.ts';
import type { FileColumn } from '#ports/tables.ts';
import { fail } from '../errors.ts';
import { isDates, mostlyNumbers, writtenOtherwise } from './features.ts';

const MAX_CLASSES = 200;
/** Whole numbers with at most this many values, each ten times on average, are read as classes. */
const MAX_NUMBER_CLASSES = 20;
const MIN_ROWS = 10;

/** What is predicted, with the rows of the file that have it. */
export interface TargetRows {
  readonly target: Target;
  readonly rows: Int32Array;
  readonly leftOut: number;
  readonly warnings: readonly string[];
}

/** Reads the target column; rows without a value are left out. @throws TRAINING_DATA_REFUSED with a sentence that names the column */
export function readTarget(column: FileColumn, task: Target['kind'] | undefined): TargetRows {
  const rows = presentRows(column);
  const leftOut = column.values.length - rows.length;
  if (rows.length === 0) throw fail.dataRefused({ detail: `Target column '${column.name}' has no values at all.` });
  if (rows.length < MIN_ROWS) {
    throw fail.dataRefused({
      detail: `${rows.length === 1 ? '1 row has' : `${rows.length} rows have`} a value in target column '${column.name}'; at least ${MIN_ROWS} are needed.`,
    });
  }
  const kind = task ?? inferTask(column, rows);
  const target = kind === 'regression' ? regression(column, rows) : classification(column, rows);
  const warnings =
    leftOut > 0 ? [`${leftOut} of ${column.values.length} rows have no value in target column '${column.name}' and are left out.`] : [];
  const doubts = task === undefined ? doubtsOnTask(column, target) : [];
  return { target, rows, leftOut, warnings: [...warnings, ...writtenOtherwise(column), ...doubts, ...rareClasses(target)] };
}

function presentRows(column: FileColumn): Int32Array {
  const rows: number[] = [];
  for (let i = 0; i < column.values.length; i++) {
    const value = column.values[i];
    if (typeof value === 'number' ? Number.isFinite(value) : value !== null && value !== undefined && value.trim() !== '') rows.push(i);
  }
  return Int32Array.from(rows);
}

function inferTask(column: FileColumn, rows: Int32Array): Target['kind'] {
  if (column.kind === 'text') return 'classification';
  const distinct = someDistinct(rows, (row) => column.values[row]!);
  if (distinct.size === 2 && areWhole(distinct)) return 'classification';
  if (!column.integer) return 'regression';
  if (distinct.size === 2) return 'classification';
  return distinct.size <= Math.min(MAX_NUMBER_CLASSES, rows.length / 10) ? 'classification' : 'regression';
}

/** The distinct values, or one more of them than classes may be: a set of them all would be as large as the file. */
function someDistinct(items: Iterable<number>, of: (item: number) => number): Set<number> {
  const found = new Set<number>();
  for (const item of items) {
    found.add(of(item));
    if (found.size > MAX_NUMBER_CLASSES) break;
  }
  return found;
}

/** pandas writes 0 and 1 as 0.0 and 1.0 where the column had gaps. */
const areWhole = (values: Iterable<number | string | null | undefined>): boolean => [...values].every((value) => Number.isInteger(value));

/** Grades and counts look like classes, and the other way round. */
function doubtsOnTask({ kind, name }: FileColumn, target: Target): string[] {
  if (kind !== 'number')
    return target.kind === 'classification' && isDates(target.classes.map(String)) ? [datesAsClasses(name, target)] : [];
  if (target.kind === 'regression') {
    const distinct = someDistinct(target.values, (value) => value);
    if (distinct.size > MAX_NUMBER_CLASSES || !areWhole(distinct) || distinct.size * 10 > target.values.length) return [];
    return [
      `Target column '${name}' holds ${distinct.size} whole numbers, read as a quantity: ask for task 'classification' if they stand for classes.`,
    ];
  }
  if (target.classes.length < 3) return [];
  return [
    `Target column '${name}' holds ${target.classes.length} whole numbers, read as classes: ask for task 'regression' if it is a quantity.`,
  ];
}

const datesAsClasses = (name: string, { classes: dates }: Extract<Target, { kind: 'classification' }>): string =>
  `Target column '${name}' holds dates, of which each is a class of its own (${dates.length} in all): to predict a time, write it as a number, such as the days since an event.`;

function regression(column: FileColumn, rows: Int32Array): Target {
  if (column.kind === 'text') {
    const what = column.padded === undefined ? `text such as '${column.values[rows[0] ?? 0]}'` : `codes such as '${column.padded}'`;
    const detail = `Target column '${column.name}' holds ${what}; a regression needs numbers.`;
    throw fail.dataRefused({
      detail:
        textAmongNumbers(
          column.name,
          Array.from(rows, (row) => column.values[row]!),
        ) ?? detail,
    });
  }
  const values = Float64Array.from(rows, (row) => column.values[row]!);
  const beyond = values.find((value) => !Number.isFinite(Math.fround(value)));
  if (beyond !== undefined)
    throw fail.dataRefused({
      detail: `Target column '${column.name}' holds ${beyond}, beyond ±3.4e38, more than a model can give: write it in another unit, or as its logarithm.`,
    });
  if (values.every((value) => value === values[0])) throw constant(column.name, String(values[0]), rows.length);
  return { kind: 'regression', name: column.name, values };
}

function classification(column: FileColumn, rows: Int32Array): Target {
  const raw = Array.from(rows, (row) => column.values[row]!);
  const distinct = [...new Set<string | number>(raw)];
  if (distinct.length === 1) throw constant(column.name, String(distinct[0]), rows.length);
  if (distinct.length > MAX_CLASSES) {
    const mixed = column.kind === 'text' ? textAmongNumbers(column.name, raw as string[]) : undefined;
    if (mixed !== undefined) throw fail.dataRefused({ detail: mixed });
    const dates = column.kind === 'text' && isDates(distinct as string[]);
    if (dates)
      throw fail.dataRefused({
        detail: `Target column '${column.name}' holds dates, which cannot be predicted: write them as numbers, such as the days since an event.`,
      });
    const numbers = column.kind === 'number' ? " If it is a quantity, say so with task 'regression'." : ' Is it an identifier?';
    throw fail.dataRefused({
      detail: `Target column '${column.name}' has ${distinct.length} different values; a classification takes up to ${MAX_CLASSES}.${numbers}`,
    });
  }
  if (column.kind === 'number' && !column.integer && !areWhole(distinct))
    return classes(column.name, raw.map(String), distinct.map(String));
  return classes(column.name, raw, distinct);
}

function classes(name: string, raw: readonly (string | number)[], distinct: readonly (string | number)[]): Target {
  const labels =
    typeof distinct[0] === 'number'
      ? (distinct as number[]).toSorted((a, b) => a - b)
      : (distinct as string[]).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const code = new Map<string | number, number>(labels.map((label, i) => [label, i]));
  const target: Target = { kind: 'classification', name, classes: labels, codes: Int32Array.from(raw, (value) => code.get(value)!) };
  const counts = countClasses(target.codes, labels.length);
  // A class of one row is either learnt or tested; two classes must be there for both.
  const [most = 0, second = 0] = counts.toSorted((a, b) => b - a);
  if (second > 1) return target;
  const only = most > 1 ? `only '${labels[counts.indexOf(most)]}' has more than one row` : 'none has more than one row';
  throw fail.dataRefused({
    detail: `Of the ${labels.length} classes of target column '${name}' ${only}; at least two classes need two or more.`,
  });
}

function countClasses(codes: Int32Array, classes: number): Int32Array {
  const counts = new Int32Array(classes);
  for (const code of codes) counts[code]!++;
  return counts;
}

function textAmongNumbers(name: string, texts: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return mostlyNumbers(name, counts, texts.length);
}

function constant(name: string, value: string, rows: number): Error {
  return fail.dataRefused({
    detail: `Target column '${name}' has the same value '${value}' in all ${rows} rows: there is nothing to learn.`,
  });
}

function rareClasses(target: Target): string[] {
  if (target.kind === 'regression') return [];
  const counts = countClasses(target.codes, target.classes.length);
  const rare = target.classes.filter((_, i) => counts[i]! < 5).map((label) => `'${label}'`);
  if (rare.length === 0) return [];
  const named = rare.length > 5 ? `${rare.slice(0, 5).join(', ')} and ${rare.length - 5} more` : rare.join(', ');
  return [`Fewer than 5 rows of target column '${target.name}' have the class ${named}: its figures say little.`];
}
