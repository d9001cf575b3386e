import { randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelSchema, ReferenceProfile } from '#contract/model-schema.ts';
import type { Analytics, IndexedPrediction, PredictionFilter } from '#ports/analytics.ts';
import type { FileColumn, Tables } from '#ports/tables.ts';
import { profileCategories, profileNumbers } from '#stats/profile.ts';
import { fail } from '../errors.ts';
import { iso, type TimeRange } from '../time-range.ts';
import { profileRows } from './profile.ts';

const PAGE = 1000;

/** Profiles an uploaded CSV; columns that the model does not take are left out, those that it needs must be there. */
export async function profileOfUpload(
  body: AsyncIterable<Uint8Array>,
  options: { readonly tables: Tables; readonly dir: string; readonly maxBytes: number; readonly schema: ModelSchema | null },
): Promise<ReferenceProfile> {
  const { tables, dir, maxBytes, schema } = options;
  await mkdir(dir, { recursive: true });
  const path = join(dir, `reference-${randomUUID()}.csv`);
  try {
    await save(path, body, maxBytes);
    const table = await tables.read(path);
    if (table.rows === 0) throw fail.referenceEmpty({ detail: 'the file has a header only' });
    const wanted = schema?.fields.map((field) => field.name) ?? table.columns.map((column) => column.name);
    const missing = wanted.filter((name) => !table.columns.some((column) => column.name === name));
    if (missing.length > 0)
      throw fail.referenceInvalid({
        detail: `The CSV lacks the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}; its header is ${table.columns.map((c) => c.name).join(', ')}.`,
      });
    const kinds = new Map(schema?.fields.map((field) => [field.name, field.type]));
    const columns = table.columns
      .filter(({ name }) => wanted.includes(name))
      .map((column) => profileColumn(column, kinds.get(column.name)));
    return { version: 1, source: `an uploaded file of ${table.rows.toLocaleString('en')} rows`, rows: table.rows, columns };
  } finally {
    await rm(path, { force: true });
  }
}

async function save(path: string, body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    let size = 0;
    for await (const part of body) {
      size += part.length;
      if (size > maxBytes) throw fail.uploadTooLarge({ limit: maxBytes });
      await file.write(part);
    }
    if (size === 0) throw fail.referenceInvalid({ detail: 'The body is empty.' });
  } finally {
    await file.close();
  }
}

function profileColumn(column: FileColumn, type: string | undefined) {
  const isCategory = type === 'string' || type === 'boolean';
  if (column.kind === 'number') {
    if (!isCategory) return profileNumbers(column.name, column.values);
    return profileCategories(
      column.name,
      Array.from(column.values, (v) => (Number.isNaN(v) ? null : String(v))),
    );
  }
  // A model may take as numbers what is written like codes.
  if (type !== undefined && !isCategory && column.padded !== undefined)
    return profileNumbers(
      column.name,
      column.values.map((text) => (text === null ? null : Number(text))),
    );
  if (type !== undefined && !isCategory) throw fail.referenceInvalid({ detail: `The column ${column.name} must hold numbers.` });
  return profileCategories(column.name, column.values);
}

/** Profiles accepted predictions of a range, the newest ones if there are too many. */
export async function profileOfRange(
  analytics: Pick<Analytics, 'list'>,
  deployment: string,
  { fromMs, toMs, limit }: TimeRange & { readonly limit: number },
): Promise<ReferenceProfile> {
  const rows = await rowsOf(analytics, { deployment, role: 'primary', status: 'ok', fromMs, toMs }, limit);
  if (rows.length === 0)
    throw fail.referenceEmpty({ detail: `'${deployment}' accepted no predictions from ${iso(fromMs)} to ${iso(toMs)}` });
  const source = `${rows.length.toLocaleString('en')} accepted predictions from ${iso(fromMs)} to ${iso(toMs)}`;
  return profileRows(source, rows);
}

/** The newest rows that the filter lets through, at most `limit`. */
export async function rowsOf(analytics: Pick<Analytics, 'list'>, filter: PredictionFilter, limit: number): Promise<IndexedPrediction[]> {
  const rows: IndexedPrediction[] = [];
  let cursor: string | undefined;
  while (rows.length < limit) {
    const page = await analytics.list(filter, { limit: Math.min(PAGE, limit - rows.length), ...(cursor === undefined ? {} : { cursor }) });
    rows.push(...page.items);
    if (page.next_cursor === null) break;
    cursor = page.next_cursor;
  }
  return rows;
}
