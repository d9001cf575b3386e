import { isUtf8 } from 'node:buffer';
import { fail } from './errors.ts';

/** What a scoring request holds: a table, with column names or without, or tensors. */
export type ScoringData =
  | {
      readonly kind: 'frame';
      readonly columns: readonly string[] | undefined;
      readonly rows: readonly (readonly unknown[])[];
      readonly isText: boolean;
    }
  | { readonly kind: 'tensor'; readonly data: readonly unknown[] }
  | { readonly kind: 'tensors'; readonly data: Readonly<Record<string, unknown>> };

const FORMATS = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const;

/**
 * Reads a request of MLflow's scoring protocol.
 * @throws SCORING_MEDIA_UNSUPPORTED, SCORING_CHARSET_UNSUPPORTED, SCORING_BODY_INVALID, SCORING_DATA_INVALID
 */
export function readScoringData(body: Buffer, contentType: string | undefined): ScoringData {
  const media = mediaOf(contentType);
  if (!isUtf8(body)) throw fail.dataInvalid({ reason: 'Ensure that input is a valid UTF-8 encoded string.' });
  const text = body.toString('utf8');
  if (media === 'text/csv') return readCsv(text);
  const parsed = parse(text);
  if (Array.isArray(parsed)) throw fail.bodyInvalid({ reason: 'Received a list.' });
  if (!isRecord(parsed))
    throw fail.bodyInvalid({ reason: `Received unexpected input type '${parsed === null ? 'null' : typeof parsed}'.` });
  const found = FORMATS.filter((name) => Object.hasOwn(parsed, name));
  const [format] = found;
  if (format === undefined || found.length > 1)
    throw fail.bodyInvalid({
      reason: `Received dictionary with input fields: [${Object.keys(parsed)
        .slice(0, 20)
        .map((k) => `'${k}'`)
        .join(', ')}].`,
    });
  const { params } = parsed;
  if (params !== undefined && params !== null && !isRecord(params))
    throw fail.dataInvalid({ reason: `Parameters must be a dictionary. Got type '${typeof params}'.` });
  return READERS[format](parsed[format]);
}

function mediaOf(contentType: string | undefined): 'text/csv' | 'application/json' {
  const [type, ...parameters] = (contentType ?? 'application/json').split(';').map((s) => s.trim());
  const charset = parameters.find((p) => p.toLowerCase().startsWith('charset='));
  if (charset !== undefined && charset.slice(8).replaceAll('"', '').toLowerCase() !== 'utf-8') throw fail.charsetUnsupported({});
  const media = (type as string).toLowerCase();
  // curl's default for a body without a type.
  if (media === 'application/json' || media === 'application/x-www-form-urlencoded') return 'application/json';
  if (media === 'text/csv') return media;
  throw fail.mediaUnsupported({ type: (contentType as string).slice(0, 100) });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fail.dataInvalid({ reason: `Ensure that input is a valid JSON formatted string. Error: '${(error as Error).message}'` });
  }
}

const READERS: Readonly<Record<(typeof FORMATS)[number], (value: unknown) => ScoringData>> = {
  dataframe_split: readSplit,
  dataframe_records: readRecords,
  instances: (value) => {
    if (!Array.isArray(value)) throw fail.dataInvalid({ reason: "'instances' must be a list." });
    return value.length > 0 && value.every(isRecord) ? readRecords(value) : { kind: 'tensor', data: value };
  },
  inputs: (value) => {
    if (Array.isArray(value)) return value.length > 0 && value.every(isRecord) ? readRecords(value) : { kind: 'tensor', data: value };
    if (isRecord(value)) return { kind: 'tensors', data: value };
    return { kind: 'tensor', data: [value] };
  },
};

function readSplit(value: unknown): ScoringData {
  const refuse = (reason: string): never => {
    throw fail.dataInvalid({
      reason: `Provided dataframe_split field is not a valid dataframe representation in 'split' format. Error: '${reason}'`,
    });
  };
  if (!isRecord(value)) return refuse('it must be an object with data and columns');
  const strange = Object.keys(value).find((k) => k !== 'data' && k !== 'columns' && k !== 'index');
  if (strange !== undefined) refuse(`unexpected key '${strange.slice(0, 60)}'`);
  const { data, columns } = value;
  if (!Array.isArray(data)) return refuse("'data' must be a list of rows");
  if (columns !== undefined && columns !== null && !Array.isArray(columns)) refuse("'columns' must be a list of names");
  const names = Array.isArray(columns) ? columns.map(String) : undefined;
  const rows = data.map((row) => (Array.isArray(row) ? (row as unknown[]) : [row]));
  const width = names?.length ?? rows[0]?.length ?? 0;
  const odd = rows.findIndex((row) => row.length !== width);
  if (odd >= 0) refuse(`${width} columns passed, row ${odd} has ${rows[odd]?.length} values`);
  return { kind: 'frame', columns: names, rows, isText: false };
}

function readRecords(value: unknown): ScoringData {
  if (!Array.isArray(value) || !value.every(isRecord))
    throw fail.dataInvalid({
      reason: "Provided dataframe_records field is not a valid dataframe representation in 'records' format: it must be a list of objects.",
    });
  const columns = [...new Set(value.flatMap((record) => Object.keys(record)))];
  const rows = value.map((record) => columns.map((name) => (Object.hasOwn(record, name) ? record[name] : null)));
  return { kind: 'frame', columns, rows, isText: false };
}

/** RFC 4180 with a header row; an empty cell is a missing value. */
function readCsv(text: string): ScoringData {
  const lines: (string | null)[][] = [];
  let line: (string | null)[] = [];
  const cells = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  const body = text.startsWith('\ufeff') ? text.slice(1) : text;
  while (cells.lastIndex < body.length) {
    const cell = cells.exec(body);
    if (!cell)
      throw fail.dataInvalid({
        reason: `Failed to parse input as a Pandas DataFrame. Ensure that the input is a valid CSV: line ${lines.length + 1} has a stray quote.`,
      });
    const [, quoted, bare, end] = cell;
    line.push(quoted === undefined ? (bare === '' ? null : (bare as string)) : quoted.replaceAll('""', '"'));
    if (end === ',' && cells.lastIndex < body.length) continue;
    if (end === ',') line.push(null);
    if (line.length > 1 || line[0] !== null) lines.push(line);
    line = [];
  }
  const [header, ...rows] = lines;
  if (!header || rows.length === 0)
    throw fail.dataInvalid({ reason: 'Failed to parse input as a Pandas DataFrame. The CSV needs a header line and at least one row.' });
  const odd = rows.findIndex((row) => row.length !== header.length);
  if (odd >= 0)
    throw fail.dataInvalid({
      reason: `Failed to parse input as a Pandas DataFrame. Line ${odd + 2} has ${rows[odd]?.length} values, the header ${header.length}.`,
    });
  return { kind: 'frame', columns: header.map((h, i) => h ?? `Unnamed: ${i}`), rows, isText: true };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
