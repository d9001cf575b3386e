import { PredictionExportQuery } from '#contract/http/platform/events.ts';
import { defineRoute, Reply } from '#http/route.ts';
import type { Analytics, IndexedPrediction, PredictionFilter } from '#ports/analytics.ts';
import type { IndexDeps } from './deps.ts';
import { filterOf } from './filter.ts';

const PAGE = 500;
const FIELDS = [
  'prediction_id',
  'time',
  'deployment',
  'role',
  'model_name',
  'model_version',
  'status',
  'prediction',
  'actual',
  'observed_at',
  'duration_ms',
  'key',
  'paired_with',
  'request_id',
  'row',
] as const satisfies readonly (keyof IndexedPrediction)[];

/** GET /api/v1/predictions/export */
export const exportPredictions = defineRoute<IndexDeps>()({
  method: 'GET',
  path: '/api/v1/predictions/export',
  summary: 'Predictions as a file, newest first',
  access: 'viewer',
  tag: 'predictions',
  input: PredictionExportQuery,
  handle({ analytics, clock }, { format, limit, ...query }, { signal }) {
    // Rows that arrive while the file is written do not belong to it.
    const filter = filterOf({ ...query, to: query.to ?? clock.now() + 1 });
    const pages = pagesOf(analytics, filter, limit);
    const body = format === 'csv' ? csv(pages, signal) : jsonl(pages, signal);
    const type = format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson';
    return new Reply(200, body, { 'content-type': type, 'content-disposition': `attachment; filename="predictions.${format}"` });
  },
});

async function* pagesOf(
  analytics: Pick<Analytics, 'list'>,
  filter: PredictionFilter,
  limit: number,
): AsyncGenerator<readonly IndexedPrediction[]> {
  let left = limit;
  let cursor: string | undefined;
  while (left > 0) {
    const page = await analytics.list(filter, { limit: Math.min(PAGE, left), ...(cursor === undefined ? {} : { cursor }) });
    if (page.items.length > 0) yield page.items;
    left -= page.items.length;
    if (page.next_cursor === null) return;
    cursor = page.next_cursor;
  }
}

async function* jsonl(pages: AsyncIterable<readonly IndexedPrediction[]>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const page of pages) {
    if (signal.aborted) return;
    yield Buffer.from(`${page.map((row) => JSON.stringify(row)).join('\n')}\n`);
  }
}

/** Feature columns are those of the first page, prefixed so that they cannot clash; features that appear later are in the JSONL form only. */
async function* csv(pages: AsyncIterable<readonly IndexedPrediction[]>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let features: readonly string[] | undefined;
  for await (const page of pages) {
    if (signal.aborted) return;
    const lines: string[] = [];
    if (features === undefined) {
      features = [...new Set(page.flatMap((row) => Object.keys(row.features)))];
      lines.push([...FIELDS, ...features.map((name) => `feature.${name}`)].map(cell).join(','));
    }
    for (const row of page)
      lines.push([...FIELDS.map((name) => row[name]), ...features.map((name) => row.features[name])].map(cell).join(','));
    yield Buffer.from(`${lines.join('\r\n')}\r\n`);
  }
  if (features === undefined) yield Buffer.from(`${FIELDS.join(',')}\r\n`);
}

/** RFC 4180. A text that a spreadsheet would run as a formula gets an apostrophe (OWASP, CSV injection). */
function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const text = /^[=+\-@\t\r]/u.test(value) ? `'${value}` : value;
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
