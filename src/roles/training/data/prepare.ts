import type { ColumnReport, Preview, PreviewRequest } from '#contract/http/platform/training.ts';
import type { ModelField, ModelSchema } from '#contract/model-schema.ts';
import type { Column, Table, Target } from '#learners/table.ts';
import type { FileColumn, FileTable } from '#ports/tables.ts';
import { fail } from '../errors.ts';
import { type FeatureReading, readFeature } from './features.ts';
import { readTarget } from './target.ts';

/** A data file as the learners take it, and what people should know of the reading. */
export interface Prepared {
  readonly table: Table;
  readonly target: Target;
  readonly schema: ModelSchema;
  /** Position in the file of each row of the table. */
  readonly fileRows: Int32Array;
  readonly rowsLeftOut: number;
  readonly columns: readonly ColumnReport[];
  readonly warnings: readonly string[];
}

/** Reads a file as features and target. @throws TRAINING_DATA_REFUSED with a sentence that names the column and what is wrong with it */
export function prepare(file: FileTable, request: Omit<PreviewRequest, 'data'>): Prepared {
  checkNames(file, request);
  const targetColumn = file.columns.find(({ name }) => name === request.target)!;
  const { target, rows, leftOut, warnings } = readTarget(targetColumn, request.task);
  const dropped = new Set(request.drop);
  const candidates = file.columns.filter(({ name }) => name !== request.target && !dropped.has(name));
  const readings = candidates.map((column) => readFeature(column, rows));
  const columns = readings.flatMap(({ column }) => (column === undefined ? [] : [column]));
  if (columns.length === 0) {
    const reasons = readings.map(({ warning }) => warning).join(' ');
    throw fail.dataRefused({
      detail:
        `No column is left to predict '${request.target}' from. ${reasons === '' ? 'The file needs at least one other column.' : reasons}`.trim(),
    });
  }
  return {
    table: { rows: rows.length, columns },
    target,
    schema: buildSchema(file, { target, readings, request }),
    fileRows: rows,
    rowsLeftOut: leftOut,
    columns: [...readings.map(({ report }) => report), targetReport(target, leftOut)],
    warnings: [...notesOn(file, dropped), ...warnings, ...readings.flatMap(({ warning }) => warning ?? []), ...leaks(columns, target)],
  };
}

function notesOn({ notes = [], unread = [] }: FileTable, dropped: ReadonlySet<string>): string[] {
  const passed = unread.filter(({ name }) => !dropped.has(name));
  return [...notes, ...passed.map(({ name, type }) => `Column '${name}' holds ${type}, neither numbers nor text, and is left out.`)];
}

/** The part of a preparation that is shown to people. */
export function previewOf(prepared: Prepared): Preview {
  return {
    rows: prepared.table.rows,
    rows_left_out: prepared.rowsLeftOut,
    columns: [...prepared.columns],
    schema: prepared.schema,
    warnings: [...prepared.warnings],
  };
}

function checkNames(file: FileTable, request: Omit<PreviewRequest, 'data'>): void {
  const names = new Set(file.columns.map(({ name }) => name));
  const unread = file.unread?.find(({ name }) => name === request.target);
  if (unread) throw fail.dataRefused({ detail: `Column '${unread.name}' to predict holds ${unread.type}, neither numbers nor text.` });
  const known = (wanted: string): string => knownColumns(file, wanted);
  if (file.rows === 0) throw fail.dataRefused({ detail: 'The file has no rows.' });
  if (!names.has(request.target))
    throw fail.dataRefused({ detail: `There is no column '${request.target}' to predict; ${known(request.target)}` });
  for (const name of request.drop ?? []) {
    if (!names.has(name) && !file.unread?.some((column) => column.name === name))
      throw fail.dataRefused({ detail: `There is no column '${name}' to leave out; ${known(name)}` });
  }
  for (const { name } of request.fields ?? []) {
    if (!names.has(name))
      throw fail.dataRefused({ detail: `'fields' names a column '${name}' that the file does not have; ${known(name)}` });
  }
  for (const name of (request.rules ?? []).flatMap(({ left, right }) => [left, right])) {
    if (!names.has(name))
      throw fail.dataRefused({ detail: `'rules' names a column '${name}' that the file does not have; ${known(name)}` });
  }
}

/** Columns up to which a sentence names them all. */
const MAX_NAMED = 30;

/** The columns that there are, or the ones that may have been meant. */
function knownColumns({ columns }: FileTable, wanted: string): string {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
  const names = columns.map(({ name }) => name);
  const meant = names.filter((name) => plain(name) === plain(wanted));
  if (meant.length > 0) return `did you mean ${meant.map((name) => `'${name}'`).join(' or ')}?`;
  const shown = names.slice(0, MAX_NAMED).map((name) => `'${name}'`);
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : '';
  return `the columns are ${shown.join(', ')}${more}.`;
}

interface Read {
  readonly target: Target;
  readonly readings: readonly FeatureReading[];
  readonly request: Omit<PreviewRequest, 'data'>;
}

function buildSchema(file: FileTable, { target, readings, request }: Read): ModelSchema {
  const fields = readings.flatMap(({ field }) => (field === undefined ? [] : [withOverrides(field, request)]));
  const used = new Set([target.name, ...fields.flatMap(({ name, aliases = [] }) => [name, ...aliases])]);
  const ignored = [...file.columns, ...(file.unread ?? [])].flatMap(({ name }) => (used.has(name) ? [] : name));
  return {
    task: target.kind,
    target: target.name,
    fields,
    ...(ignored.length === 0 ? {} : { ignored }),
    ...(target.kind === 'classification' ? { classes: [...target.classes] } : {}),
    ...(request.rules === undefined ? {} : { rules: request.rules }),
    ...(request.unit === undefined ? {} : { unit: request.unit }),
  };
}

/** What the engine is fed does not change by an override, so the type stays; everything else may be said by the caller. */
function withOverrides(field: ModelField, request: Omit<PreviewRequest, 'data'>): ModelField {
  const given = request.fields?.find(({ name }) => name === field.name);
  if (given === undefined) return field;
  const said = Object.fromEntries(Object.entries(given).filter(([key, value]) => value !== undefined && key !== 'type'));
  const merged: ModelField = { ...field, ...said };
  const broken = observedOutside(merged);
  if (broken !== undefined) throw fail.dataRefused({ detail: broken });
  return merged;
}

/** A limit that the training rows themselves break would refuse real callers. */
function observedOutside(field: ModelField): string | undefined {
  const { name, observed_min: low, observed_max: high } = field;
  if (low === undefined || high === undefined) return undefined;
  if (field.min !== undefined && low < field.min)
    return `The limit min ${field.min} of '${name}' would refuse ${low}, which the data holds.`;
  if (field.exclusive_min !== undefined && low <= field.exclusive_min)
    return `The limit exclusive_min ${field.exclusive_min} of '${name}' would refuse ${low}, which the data holds.`;
  if (field.max !== undefined && high > field.max)
    return `The limit max ${field.max} of '${name}' would refuse ${high}, which the data holds.`;
  if (field.exclusive_max !== undefined && high >= field.exclusive_max)
    return `The limit exclusive_max ${field.exclusive_max} of '${name}' would refuse ${high}, which the data holds.`;
  return undefined;
}

function targetReport(target: Target, missing: number): ColumnReport {
  const distinct = target.kind === 'regression' ? new Set(target.values).size : target.classes.length;
  return { name: target.name, use: 'target', kind: target.kind === 'regression' ? 'number' : 'category', missing, distinct };
}

/** A feature that says the same as the target is usually known only afterwards. */
function leaks(columns: readonly Column[], target: Target): string[] {
  const truth = target.kind === 'regression' ? target.values : target.codes;
  const values = (column: Column): Float64Array | Int32Array => (column.kind === 'number' ? column.values : column.codes);
  return columns
    .filter((column) => isOneToOne(values(column), truth))
    .map(({ name }) => `Column '${name}' determines the target '${target.name}' exactly: is it known when a prediction is asked for?`);
}

function isOneToOne(values: Float64Array | Int32Array, truth: Float64Array | Int32Array): boolean {
  const forth = new Map<number, number>();
  const back = new Map<number, number>();
  for (let i = 0; i < truth.length; i++) {
    const value = values[i]!;
    const actual = truth[i]!;
    if ((forth.get(value) ?? actual) !== actual || (back.get(actual) ?? value) !== value || Number.isNaN(value)) return false;
    forth.set(value, actual);
    back.set(actual, value);
  }
  return forth.size < truth.length;
}

/** Kind, gaps and an example of each column, for the answer to an upload. */
export function inspectColumn(column: FileColumn): Omit<ColumnReport, 'use'> & { example: number | string | null } {
  const all = Int32Array.from({ length: column.values.length }, (_, i) => i);
  const { report } = readFeature(column, all);
  const example = column.values.find((value: number | string | null) => value !== null && !Number.isNaN(value)) ?? null;
  return { name: report.name, kind: report.kind, missing: report.missing, distinct: report.distinct, example };
}
