import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { FileColumn, FileTable } from '#ports/tables.ts';

/** Plain comma-separated text without quotes (any line ends) as the tables port gives it: blank is missing. */
export function fileTable(text: string): FileTable {
  const [header = [], ...rows] = text
    .trimEnd()
    .split(/\r?\n/u)
    .map((line) => line.split(','));
  const columns = header.map((name, i) =>
    toColumn(
      name,
      rows.map((row) => row[i]?.trim() ?? ''),
    ),
  );
  return { rows: rows.length, columns, sha256: createHash('sha256').update(text).digest('hex'), bytes: text.length };
}

function toColumn(name: string, fields: readonly string[]): FileColumn {
  const numbers = fields.map((field) => (field === '' ? Number.NaN : Number(field)));
  const isNumber = fields.every((field, i) => field === '' || !Number.isNaN(numbers[i]));
  if (!isNumber) return { name, kind: 'text', values: fields.map((field) => (field === '' ? null : field)) };
  return {
    name,
    kind: 'number',
    integer: numbers.every((value) => Number.isNaN(value) || Number.isInteger(value)),
    values: Float64Array.from(numbers),
  };
}

/** A bundled file as a table: `examples/data/iris.csv`, `test/fixtures/telco_churn.csv`. */
export async function bundledTable(path: string): Promise<FileTable> {
  return fileTable(await readFile(new URL(`../../${path}`, import.meta.url), 'utf8'));
}
