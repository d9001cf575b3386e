import type { PagePlace } from '#contract/http/mlflow/page-token.ts';
import type { RunRow } from '#contract/http/platform/tracking.ts';
import type { Search } from '../../entities.ts';
import type { TrackingDeps } from '../../route.ts';

const ROWS_A_PAGE = 1000;
const FIXED = ['run_id', 'run_name', 'experiment_id', 'status', 'lifecycle_stage', 'start_time', 'end_time', 'duration_ms'];

interface CsvOrder {
  readonly store: TrackingDeps['store'];
  readonly experimentIds: readonly string[];
  readonly search: Pick<Search, 'filter' | 'order' | 'view'>;
  readonly fields: readonly string[];
  readonly signal: AbortSignal;
}

/** RFC 4180 with a header, a page of runs at a time, so that memory stays flat whatever is asked for. */
export async function* runsAsCsv({ store, experimentIds, search, fields, signal }: CsvOrder): AsyncGenerator<Uint8Array> {
  yield bytes([line([...FIXED, ...fields])]);
  let place: PagePlace | undefined;
  do {
    const page = await store.searchRunRows(experimentIds, { search: { ...search, place, limit: ROWS_A_PAGE }, fields });
    if (page.items.length > 0) yield bytes(page.items.map((row) => line(cells(row))));
    place = page.next;
  } while (place !== undefined && !signal.aborted);
}

function cells({ run_id, run_name, experiment_id, status, lifecycle_stage, start_time, end_time, values }: RunRow) {
  const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  const took = end_time === null ? null : end_time - start_time;
  return [run_id, run_name, experiment_id, status, lifecycle_stage, time(start_time), time(end_time), took, ...values];
}

const line = (values: readonly (string | number | null)[]): string => values.map(cell).join(',');
const bytes = (lines: readonly string[]): Uint8Array => Buffer.from(`${lines.join('\r\n')}\r\n`);

/** Text that spreadsheets would run as a formula is told apart by an apostrophe (OWASP, "CSV Injection"). */
function cell(value: string | number | null): string {
  if (value === null) return '';
  const text = typeof value === 'string' && /^[=+\-@\t\r]/u.test(value) && Number.isNaN(Number(value)) ? `'${value}` : String(value);
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
