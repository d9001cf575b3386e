import { CsvProblem, scanCsv, sniffDelimiter } from './csv-scan.ts';
import { TextBuilder, type WireColumn } from './wire.ts';

/**
 * Words that stand for a missing value where all other values of the column are numbers. In a column of words they stay what they are:
 * there "NA" may be Namibia and "null" somebody's name.
 */
const MISSING_NUMBERS = new Set(['NA', 'N/A', 'n/a', 'NaN', 'nan', 'NAN', 'null', 'NULL', 'Null', 'None', '?', '-']);
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INTEGER = /^[+-]?\d+$/;

interface ColumnType {
  readonly name: string;
  number: boolean;
  /** All values are written without decimal point and exponent; 41.0 says that 41.5 is possible too. */
  integer: boolean;
}

/** Two walks: the first finds the columns and their types, the second fills them, so that no value is held twice. @throws CsvProblem */
export function readCsv(content: string): { rows: number; columns: WireColumn[] } {
  const text = content.charCodeAt(0) === 0xfeff ? content.slice(1) : content;
  const delimiter = sniffDelimiter(text);
  const { types, rows } = findTypes(text, delimiter);
  const columns = types.map((t) => (t.number ? new Float64Array(rows).fill(Number.NaN) : new TextBuilder(rows)));
  let row = -1;
  scanCsv(text, delimiter, {
    value(c, value) {
      const column = columns[c];
      if (row < 0 || column === undefined || isBlank(value)) return;
      if (column instanceof TextBuilder) column.set(row, value);
      else if (!MISSING_NUMBERS.has(value.trim())) column[row] = Number(value);
    },
    endOfRow: () => row++,
  });
  return { rows, columns: columns.map((c, i) => column(types[i]!, c)) };
}

function column({ name, integer }: ColumnType, values: Float64Array<ArrayBuffer> | TextBuilder): WireColumn {
  return values instanceof TextBuilder ? values.column(name) : { name, kind: 'number', integer, values };
}

function findTypes(text: string, delimiter: string): { types: ColumnType[]; rows: number } {
  const header: string[] = [];
  let types: ColumnType[] | undefined;
  let rows = 0;
  scanCsv(text, delimiter, {
    value(c, value) {
      if (types === undefined) header.push(value.trim());
      else if (c < types.length) narrow(types[c]!, value);
    },
    endOfRow(fields, line) {
      if (types === undefined) {
        checkHeader(header, line);
        types = header.map((name) => ({ name, number: true, integer: true }));
        return;
      }
      if (fields !== types.length) {
        throw new CsvProblem(line, `it has ${count(fields, 'value')}, but the first line names ${count(types.length, 'column')}`);
      }
      rows++;
    },
  });
  if (types === undefined) throw new CsvProblem(1, 'the file is empty; the first line must name the columns');
  return { types, rows };
}

function narrow(type: ColumnType, value: string): void {
  if (!type.number || isBlank(value)) return;
  const text = value.trim();
  if (MISSING_NUMBERS.has(text)) return;
  if (!NUMBER.test(text) || !Number.isFinite(Number(text))) {
    type.number = false;
  } else if (!INTEGER.test(text)) {
    type.integer = false;
  } else if (!Number.isSafeInteger(Number(text))) {
    // An id that a double would round to another id.
    type.number = false;
  }
}

function checkHeader(names: readonly string[], line: number): void {
  const advice = 'the first line must name the columns';
  const data = names.find((name) => NUMBER.test(name) && !INTEGER.test(name));
  if (data !== undefined) throw new CsvProblem(line, `it looks like data (${data}); ${advice}`);
  const blank = names.indexOf('');
  if (blank !== -1) throw new CsvProblem(line, `column ${blank + 1} has no name; ${advice}`);
  const twice = [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
  if (twice.length === 0) return;
  if (twice.some((name) => NUMBER.test(name)))
    throw new CsvProblem(line, `it looks like data (${twice.join(', ')} stands there twice); ${advice}`);
  throw new CsvProblem(line, `there is more than one column named ${twice.map((n) => `'${n}'`).join(', ')}; give each its own name`);
}

function isBlank(value: string): boolean {
  return value === '' || value.trim() === '';
}

function count(n: number, thing: string): string {
  return `${n} ${thing}${n === 1 ? '' : 's'}`;
}
