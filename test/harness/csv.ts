import { readFile } from 'node:fs/promises';

export interface Table {
  readonly header: readonly string[];
  /** One array of fields per row, in the order of the header; an empty field is ''. */
  readonly rows: readonly (readonly string[])[];
}

/** A bundled data set (`examples/data/NAME.csv`): plain comma-separated text without quotes. */
export async function dataSet(name: string): Promise<Table> {
  const text = await readFile(new URL(`../../examples/data/${name}.csv`, import.meta.url), 'utf8');
  const [header = [], ...rows] = text
    .trimEnd()
    .split(/\r?\n/u)
    .map((line) => line.split(','));
  return { header, rows };
}

/** A column as numbers; an empty or unreadable field is NaN. @throws if there is no such column */
export function numbers({ header, rows }: Table, column: string): number[] {
  const at = header.indexOf(column);
  if (at < 0) throw new Error(`no column '${column}'; there are ${header.join(', ')}`);
  return rows.map((row) => (row[at] ? Number(row[at]) : Number.NaN));
}
