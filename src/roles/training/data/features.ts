import type { ColumnReport } from '#contract/http/platform/training.ts';
import type { ModelField } from '#contract/model-schema.ts';
import { type Column, OTHER_CATEGORY } from '#learners/table.ts';
import type { FileColumn } from '#ports/tables.ts';

/** Categories that a text column may have; rarer ones train and score as unseen values do. */
const MAX_CATEGORIES = 200;
/** Below this many rows, values that never repeat say nothing about a column. */
const MIN_ROWS_FOR_ID = 20;

/** One column of the file, read as a feature or left out, with a sentence where a person should know. */
export interface FeatureReading {
  readonly column?: Column;
  readonly field?: ModelField;
  readonly report: ColumnReport;
  readonly warning?: string;
}

/** Reads one column of the chosen rows as a feature. */
export function readFeature(column: FileColumn, rows: Int32Array): FeatureReading {
  if (column.name === '__proto__') return leaveOut(inspected(column, rows), UNSAFE_NAME);
  if (column.kind === 'number') return readNumbers(column, rows);
  const texts = Array.from(rows, (row) => {
    const text = column.values[row];
    return text === null || text === undefined || text.trim() === '' ? null : text;
  });
  return isBoolean(texts) ? readBooleans(column.name, texts) : readTexts(column, texts);
}

function leaveOut(report: Omit<ColumnReport, 'use'>, warning: string): FeatureReading {
  return { report: { ...report, use: 'left out' }, warning };
}

interface Finite {
  /** One per row; what does not fit into 32 bits, as models take numbers, is as good as missing. */
  readonly values: Float64Array;
  /** In ascending order. */
  readonly present: Float64Array;
}

function finiteOf(column: Float64Array, rows: Int32Array): Finite {
  const values = new Float64Array(rows.length).fill(Number.NaN);
  let present = 0;
  for (let i = 0; i < rows.length; i++) {
    const value = column[rows[i]!]!;
    if (!Number.isFinite(Math.fround(value))) continue;
    values[i] = value;
    present++;
  }
  // Missing ones come to stand last.
  return { values, present: values.toSorted().subarray(0, present) };
}

/** JavaScript keeps this name for itself: objects lose a value that is stored under it. */
const UNSAFE_NAME = "Column '__proto__' has a name that programs in JavaScript cannot use, and is left out: give it another one.";

function inspected({ name, kind, values }: FileColumn, rows: Int32Array): Omit<ColumnReport, 'use'> {
  const present = Array.from(rows, (row) => values[row]).filter((value) => value !== null && value !== undefined && !Number.isNaN(value));
  return { name, kind: kind === 'number' ? 'number' : 'category', missing: rows.length - present.length, distinct: new Set(present).size };
}

function readNumbers(column: Extract<FileColumn, { kind: 'number' }>, rows: Int32Array): FeatureReading {
  const { name } = column;
  const { values, present } = finiteOf(column.values, rows);
  const distinct = countDistinct(present);
  const missing = values.length - present.length;
  const report = { name, kind: 'number', missing, distinct } as const;
  const unreachable = outOfReach(column, rows);
  if (present.length === 0)
    return leaveOut(
      report,
      unreachable.length > 0 ? `${unreachable.join(' ')} It is left out.` : `Column '${name}' has no values at all and is left out.`,
    );
  if (distinct === 1) return leaveOut(report, `Column '${name}' has the same value in every row and is left out.`);
  const unique = column.integer && distinct === rows.length && rows.length >= MIN_ROWS_FOR_ID;
  const consecutive = present.at(-1)! - present[0]! === rows.length - 1;
  if (unique && (consecutive || isIdName(name))) return leaveOut(report, idWarning(name));
  const field: ModelField = {
    name,
    type: 'double',
    required: missing === 0,
    example: exampleOf(present, distinct),
    observed_min: present[0]!,
    observed_max: present.at(-1)!,
  };
  const doubts = [
    ...writtenOtherwise(column),
    ...unreachable,
    ...(unique ? [`Column '${name}' has a different whole number in every row: leave it out if it is an identifier.`] : []),
  ];
  return {
    column: { kind: 'number', name, values },
    field,
    report: { ...report, use: 'feature' },
    ...(doubts.length > 0 ? { warning: doubts.join(' ') } : {}),
  };
}

/** A sentence on numbers that are there but cannot be used. */
function outOfReach({ name, values }: Extract<FileColumn, { kind: 'number' }>, rows: Int32Array): string[] {
  let count = 0;
  let first = 0;
  for (const row of rows) {
    const value = values[row]!;
    if (Number.isNaN(value) || Number.isFinite(Math.fround(value))) continue;
    if (count === 0) first = value;
    count++;
  }
  if (count === 0) return [];
  const which = count === 1 ? `One value of column '${name}' (${first})` : `${count} values of column '${name}' such as ${first}`;
  return [
    `${which} ${count === 1 ? 'is' : 'are'} infinite or beyond ±3.4e38, more than a model can take, and count${count === 1 ? 's' : ''} as missing.`,
  ];
}

/** What callers must know of a column whose values the file writes as people do, or in a way that could mean something else. */
export function writtenOtherwise(column: FileColumn): string[] {
  if (column.kind === 'text') return column.padded === undefined ? [] : [paddedDigits(column.name, column.padded)];
  if (column.written === undefined) return [];
  const { text, value } = column.written;
  if (Number(text) === value)
    return [
      `Column '${column.name}' holds numbers such as '${text}', read with a decimal point: if the point stands between thousands, write them without it.`,
    ];
  return [
    `Column '${column.name}' is written as in '${text}' and is read as numbers, here as ${value}: predictions take and give such numbers.`,
  ];
}

const paddedDigits = (name: string, example: string): string =>
  `Column '${name}' holds digits with leading zeros such as '${example}', as codes have, and is read as text: predictions take such text.`;

function readBooleans(name: string, texts: readonly (string | null)[]): FeatureReading {
  const values = Float64Array.from(texts, (text) => (text === null ? Number.NaN : Number(text.trim().toLowerCase() === 'true')));
  const present = values.filter((value) => !Number.isNaN(value));
  const truths = present.reduce((sum, value) => sum + value, 0);
  const report = {
    name,
    kind: 'boolean',
    missing: values.length - present.length,
    distinct: truths > 0 && truths < present.length ? 2 : 1,
  } as const;
  if (report.distinct === 1) return leaveOut(report, `Column '${name}' has the same value in every row and is left out.`);
  const field: ModelField = { name, type: 'boolean', required: report.missing === 0, example: truths * 2 > present.length };
  return { column: { kind: 'number', name, values }, field, report: { ...report, use: 'feature' } };
}

function readTexts(source: FileColumn, texts: readonly (string | null)[]): FeatureReading {
  const { name } = source;
  const counts = new Map<string, number>();
  let present = 0;
  for (const text of texts) {
    if (text === null) continue;
    present++;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const report = { name, kind: 'category', missing: texts.length - present, distinct: counts.size } as const;
  if (present === 0) return leaveOut(report, `Column '${name}' has no values at all and is left out.`);
  if (counts.size === 1) return leaveOut(report, `Column '${name}' has the same value in every row and is left out.`);
  if (isDates(counts.keys())) return leaveOut(report, dateWarning(name));
  const doubt = mostlyNumbers(name, counts, present);
  if (counts.size > present / 2 && present >= MIN_ROWS_FOR_ID)
    return leaveOut(report, doubt === undefined ? idWarning(name) : `${doubt} It is left out.`);
  // Ties by the text itself, so that the order of rows does not matter.
  const byFrequency = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([text]) => text);
  const kept = byFrequency.slice(0, MAX_CATEGORIES);
  const code = new Map(kept.map((text, i) => [text, i]));
  const codes = Int32Array.from(texts, (text) => (text === null ? -1 : (code.get(text) ?? OTHER_CATEGORY)));
  const field: ModelField = { name, type: 'string', required: report.missing === 0, categories: kept, example: kept[0]! };
  const many =
    byFrequency.length > kept.length
      ? `Column '${name}' has ${counts.size} different values: the ${MAX_CATEGORIES} most frequent are told apart, all others count as unseen.`
      : undefined;
  const warnings = [...writtenOtherwise(source), doubt ?? many ?? ''].filter((sentence) => sentence !== '');
  return {
    column: { kind: 'category', name, codes, categories: kept },
    field,
    report: { ...report, use: 'feature' },
    ...(warnings.length === 0 ? {} : { warning: warnings.join(' ') }),
  };
}

/** Share of the values from which on a column of text was meant to hold numbers. */
const MOSTLY = 0.8;

/** A sentence on text among numbers: a few such words turn the whole column into categories. */
export function mostlyNumbers(name: string, counts: ReadonlyMap<string, number>, present: number): string | undefined {
  let numbers = 0;
  let other: string | undefined;
  for (const [text, count] of counts) {
    if (Number.isFinite(Number(text))) numbers += count;
    else other ??= text;
  }
  if (other === undefined || numbers < MOSTLY * present) return undefined;
  const others = present - numbers === 1 ? `'${other}'` : `${present - numbers} other values such as '${other}'`;
  return `Column '${name}' holds numbers and ${others}, so it is read as text: leave such cells empty to have it read as numbers.`;
}

const DAY = String.raw`(?:0?[1-9]|[12]\d|3[01])`;
const MONTH = '(?:0?[1-9]|1[0-2])';
/** With two digits of the year only days and months that there are: bank codes (20-45-67) and part numbers look alike. */
const SHORT_DAY = String.raw`(?:${DAY}[-/.]${MONTH}|${MONTH}[-/.]${DAY})[-/.]\d{2}`;
const LONG_DAY = String.raw`\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}`;
const TIME = String.raw`\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s?[AaPp][Mm])?\s*(?:Z|UTC|[+-]\d{2}:?\d{2})?`;
const DATE = new RegExp(`^(?:${LONG_DAY}|${SHORT_DAY})(?:[T ,]+${TIME})?$`, 'u');

/** Numbers of versions (1.2.10) look like days with points and a short year, but have no zero in front and begin with a small number. */
const DOTTED_SHORT_DAY = /^(\d{1,2})\.(\d{1,2})\.\d{2}(?!\d)/u;

/** Whether all texts are days, with a time or without. */
export function isDates(texts: Iterable<string>): boolean {
  let areVersions = false;
  let areDays = false;
  for (const text of texts) {
    if (!DATE.test(text.trim())) return false;
    const [, first = '', second = ''] = DOTTED_SHORT_DAY.exec(text.trim()) ?? [];
    if (first === '') continue;
    areVersions = true;
    areDays ||= first.startsWith('0') || second.startsWith('0') || Number(first) > 12;
  }
  return !areVersions || areDays;
}

const dateWarning = (name: string): string =>
  `Column '${name}' holds dates, which a model cannot use as they are, and is left out: add columns such as the month, the weekday or the days since an event.`;

const isBoolean = (texts: readonly (string | null)[]): boolean =>
  texts.some((text) => text !== null) && texts.every((text) => text === null || /^\s*(true|false)\s*$/iu.test(text));

const isIdName = (name: string): boolean =>
  /(?:^|[^a-z])(?:id|uuid|guid|key|index|idx|nr|no|number|rownum)$/iu.test(name) || /[a-z]I[dD]$|ID$/u.test(name);

const idWarning = (name: string): string =>
  `Column '${name}' has a different value in (nearly) every row, as an identifier has, and is left out.`;

function countDistinct(sorted: Float64Array): number {
  let distinct = sorted.length > 0 ? 1 : 0;
  for (let i = 1; i < sorted.length; i++) if (sorted[i] !== sorted[i - 1]) distinct++;
  return distinct;
}

/** Up to this many distinct values a number between them would be none of the column's. */
const MAX_EXACT = 50;

/** The median, in few digits where that makes no other value of it. */
function exampleOf(present: Float64Array, distinct: number): number {
  const median = present[Math.floor((present.length - 1) / 2)]!;
  return distinct <= MAX_EXACT ? median : Number(median.toPrecision(6));
}
