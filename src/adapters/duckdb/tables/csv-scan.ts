const QUOTE = 34;
const LF = 10;
const CR = 13;
const SPACE = 32;
const TAB = 9;

/** A place in the text and what is wrong there. */
export class CsvProblem extends Error {
  readonly line: number;
  constructor(line: number, problem: string) {
    super(`line ${line}: ${problem}`);
    this.line = line;
  }
}

/** What a scan tells: each value with its column, and the end of each line that was not blank. */
export interface CsvVisitor {
  value(column: number, text: string): void;
  /** `line` counts from 1, `fields` is the number of values on the line. */
  endOfRow(fields: number, line: number): void;
}

/**
 * Walks the values of a CSV text (RFC 4180). More lenient than the RFC in three ways: LF, CRLF and CR end a line; blank lines are passed over;
 * spaces around an unquoted value do not belong to it. @throws CsvProblem
 */
export function scanCsv(text: string, delimiter: string, visitor: CsvVisitor): void {
  const separator = delimiter.charCodeAt(0);
  const scan = { text, separator, at: 0, line: 1 };
  while (scan.at < text.length) {
    const line = scan.line;
    const fields = scanRow(scan, visitor);
    if (fields > 0) visitor.endOfRow(fields, line);
  }
}

interface Scan {
  readonly text: string;
  readonly separator: number;
  at: number;
  line: number;
}

/** One line; 0 when it is blank. */
function scanRow(scan: Scan, visitor: CsvVisitor): number {
  const { text, separator } = scan;
  for (let column = 0; ; column++) {
    let start = scan.at;
    while (isBlank(text.charCodeAt(start), separator)) start++;
    let value: string;
    if (text.charCodeAt(start) === QUOTE) {
      scan.at = start;
      value = quoted(scan);
    } else {
      const from = start;
      let end = start;
      for (let code = text.charCodeAt(end); end < text.length && code !== separator && code !== LF && code !== CR; )
        code = text.charCodeAt(++end);
      scan.at = end;
      while (end > from && isBlank(text.charCodeAt(end - 1), separator)) end--;
      value = text.slice(from, end);
    }
    const ended = scan.at >= text.length || text.charCodeAt(scan.at) !== separator;
    if (ended && column === 0 && value === '' && text.charCodeAt(scan.at - 1) !== QUOTE) {
      endLine(scan);
      return 0;
    }
    visitor.value(column, value);
    if (ended) {
      endLine(scan);
      return column + 1;
    }
    scan.at++;
  }
}

/** A value in quotes; `at` comes to stand on what follows it. */
function quoted(scan: Scan): string {
  const { text, separator, line } = scan;
  let value = '';
  let from = scan.at + 1;
  for (;;) {
    const end = text.indexOf('"', from);
    if (end === -1) throw new CsvProblem(line, 'a quote is opened and never closed');
    value += text.slice(from, end);
    from = end + 2;
    if (text.charCodeAt(end + 1) === QUOTE) value += '"';
    else break;
  }
  let at = from - 1;
  while (isBlank(text.charCodeAt(at), separator)) at++;
  const code = text.charCodeAt(at);
  if (at < text.length && code !== separator && code !== LF && code !== CR) {
    throw new CsvProblem(line, 'text follows a closing quote; quotes inside a value are written twice');
  }
  for (let i = value.indexOf('\n'); i !== -1; i = value.indexOf('\n', i + 1)) scan.line++;
  scan.at = at;
  return value;
}

function endLine(scan: Scan): void {
  if (scan.at >= scan.text.length) return;
  scan.at += scan.text.charCodeAt(scan.at) === CR && scan.text.charCodeAt(scan.at + 1) === LF ? 2 : 1;
  scan.line++;
}

function isBlank(code: number, separator: number): boolean {
  return (code === SPACE || code === TAB) && code !== separator;
}

/** Characters and lines by which the separator is found out. */
const SNIFFED = 1 << 16;
const SNIFFED_LINES = 20;

/**
 * The separator that cuts the first lines into most columns, all into as many: comma, semicolon, tab or bar. Where none does (a line is too long or too short),
 * the one that cuts the first line into most.
 */
export function sniffDelimiter(text: string): string {
  const isWhole = text.length <= SNIFFED;
  const plain = text
    .slice(0, SNIFFED)
    .replaceAll(/"(?:[^"]|"")*"/g, '')
    .replace(/".*$/s, '');
  const lines = plain.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '');
  const [first = '', ...rest] = lines.slice(0, isWhole || lines.length < 2 ? undefined : -1).slice(0, SNIFFED_LINES);
  const counts = [',', ';', '\t', '|'].map((delimiter) => {
    const fields = (line: string): number => line.split(delimiter).length;
    const count = fields(first);
    return { delimiter, count, isEven: count > 1 && rest.every((line) => fields(line) === count) };
  });
  const even = counts.filter(({ isEven }) => isEven);
  return (even.length > 0 ? even : counts).reduce((best, next) => (next.count > best.count ? next : best)).delimiter;
}
