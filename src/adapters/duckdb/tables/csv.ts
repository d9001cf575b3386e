import { CsvProblem, scanCsv, sniffDelimiter } from './csv-scan.ts';
import { isPlainNumber, isWholeNumber, NumberStyle } from './numbers.ts';
import { TextBuilder, type WireColumn, type WireContent } from './wire.ts';

interface ColumnType {
  readonly name: string;
  readonly style: NumberStyle;
}

/** Two walks: the first finds the columns and their types, the second fills them, so that no value is held twice. @throws CsvProblem */
export function readCsv(content: string): WireContent & { readonly notes: readonly string[] } {
  const text = content.charCodeAt(0) === 0xfeff ? content.slice(1) : content;
  const delimiter = sniffDelimiter(text);
  const { types, rows, notes } = findTypes(text, delimiter);
  const columns = types.map(({ style }) => (style.isNumber ? new Float64Array(rows).fill(Number.NaN) : new TextBuilder(rows)));
  let row = -1;
  scanCsv(text, delimiter, {
    value(c, value) {
      const column = columns[c];
      if (row < 0 || column === undefined || isBlank(value)) return;
      if (column instanceof TextBuilder) column.set(row, value);
      else column[row] = types[c]!.style.read(value);
    },
    endOfRow: () => row++,
  });
  return { rows, columns: columns.map((c, i) => column(types[i]!, c)), notes };
}

function column({ name, style }: ColumnType, values: Float64Array<ArrayBuffer> | TextBuilder): WireColumn {
  if (values instanceof TextBuilder) return { ...values.column(name), ...(style.padded === undefined ? {} : { padded: style.padded }) };
  const { integer, written } = style;
  return { name, kind: 'number', integer, values, ...(written === undefined ? {} : { written }) };
}

interface Types {
  readonly types: readonly ColumnType[];
  readonly rows: number;
  readonly notes: readonly string[];
}

function findTypes(text: string, delimiter: string): Types {
  const header: string[] = [];
  const notes: string[] = [];
  let types: ColumnType[] | undefined;
  let rows = 0;
  scanCsv(text, delimiter, {
    value(c, value) {
      if (types === undefined) header.push(value.trim());
      else if (types[c]?.style.mayBeNumber && !isBlank(value)) types[c].style.add(value);
    },
    endOfRow(fields, line) {
      if (types === undefined) {
        types = namesOf(header, line, notes).map((name) => ({ name, style: new NumberStyle(delimiter === ';') }));
        return;
      }
      if (fields !== types.length) {
        throw new CsvProblem(line, `it has ${count(fields, 'value')}, but the first line names ${count(types.length, 'column')}`);
      }
      rows++;
    },
  });
  if (types === undefined) throw new CsvProblem(1, 'the file is empty; the first line must name the columns');
  const marks = new Set(types.flatMap(({ style }) => style.decimalMark ?? []));
  const [mark] = marks;
  if (mark !== undefined && marks.size === 1) for (const { style } of types) style.settle(mark);
  return { types, rows, notes };
}

/** The header with a name for each column: pandas writes its index under none, and calls such a column "Unnamed: 0" when it reads it. */
function namesOf(header: readonly string[], line: number, notes: string[]): string[] {
  const names = header.map((name, i) => (name === '' && !header.includes(`Unnamed: ${i}`) ? `Unnamed: ${i}` : name));
  const unnamed = names.filter((name, i) => name !== header[i]);
  checkHeader(unnamed.length * 2 > names.length ? header : names, line);
  for (const name of unnamed) notes.push(`Column ${names.indexOf(name) + 1} has no name in the first line and is called '${name}'.`);
  return names;
}

function checkHeader(names: readonly string[], line: number): void {
  const advice = 'the first line must name the columns';
  const data = names.find((name) => isPlainNumber(name) && !isWholeNumber(name));
  if (data !== undefined) throw new CsvProblem(line, `it looks like data (${data}); ${advice}`);
  const blank = names.indexOf('');
  if (blank !== -1) throw new CsvProblem(line, `column ${blank + 1} has no name; ${advice}`);
  const twice = [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
  if (twice.length === 0) return;
  if (twice.some(isPlainNumber)) throw new CsvProblem(line, `it looks like data (${twice.join(', ')} stands there twice); ${advice}`);
  throw new CsvProblem(line, `there is more than one column named ${twice.map((n) => `'${n}'`).join(', ')}; give each its own name`);
}

function isBlank(value: string): boolean {
  return value === '' || value.trim() === '';
}

function count(n: number, thing: string): string {
  return `${n} ${thing}${n === 1 ? '' : 's'}`;
}
