import type { RunRow } from '@/lib/api/tracking.ts';
import { dayAndTime, significant, took } from '@/lib/format.ts';
import { byImportance } from '@/lib/metric-text.ts';

/**
 * A column of the runs table. Its id says what it shows: `metrics.KEY`, `params.KEY`, `tags.KEY`, `attributes.KEY`, `datasets`, or one of
 * the words that every row has.
 */
export interface Column {
  readonly id: string;
  readonly title: string;
  readonly group: 'Run' | 'Metric' | 'Parameter' | 'Tag';
  readonly width: number;
  readonly isNumber: boolean;
  /** As MLflow's `order_by` says it; undefined where nothing sorts by it. */
  readonly orderBy: string | undefined;
  /** What to ask the server for; undefined where every row has it. */
  readonly field: string | undefined;
}

const fixed = (id: string, title: string, more: Partial<Column> = {}): Column => ({
  id,
  title,
  group: 'Run',
  width: 110,
  isNumber: false,
  orderBy: undefined,
  field: undefined,
  ...more,
});

export const NAME_COLUMN = fixed('run_name', 'Run', { width: 240, orderBy: 'attributes.run_name' });

/** What every run has. */
export const RUN_COLUMNS: readonly Column[] = [
  fixed('status', 'State', { width: 104, orderBy: 'attributes.status' }),
  fixed('start_time', 'Started', { width: 108, orderBy: 'attributes.start_time' }),
  fixed('duration', 'Took', { width: 100, isNumber: true, orderBy: 'duration' }),
  fixed('tags.mlflow.user', 'User', { width: 96, orderBy: 'tags.`mlflow.user`', field: 'tags.mlflow.user' }),
  fixed('tags.mlflow.source.name', 'Source', { width: 140, orderBy: 'tags.`mlflow.source.name`', field: 'tags.mlflow.source.name' }),
  fixed('datasets', 'Data set', { width: 180, field: 'datasets' }),
  fixed('run_id', 'Id', { width: 116, orderBy: 'attributes.run_id' }),
  fixed('end_time', 'Ended', { width: 108, orderBy: 'attributes.end_time' }),
  fixed('attributes.user_id', 'User id', { width: 96, orderBy: 'attributes.user_id', field: 'attributes.user_id' }),
  fixed('attributes.artifact_uri', 'Artifacts', { width: 240, orderBy: 'attributes.artifact_uri', field: 'attributes.artifact_uri' }),
];

const KEYED = {
  metrics: { group: 'Metric', width: 112, isNumber: true },
  params: { group: 'Parameter', width: 116, isNumber: false },
  tags: { group: 'Tag', width: 130, isNumber: false },
} as const;

/** A key as the grammar takes it, whatever is in it. */
export const quotedKey = (kind: keyof typeof KEYED, key: string): string => `${kind}.${key.includes('`') ? `"${key}"` : `\`${key}\``}`;

/** The column of an id; undefined when it is none. */
export function columnOf(id: string): Column | undefined {
  const known = id === NAME_COLUMN.id ? NAME_COLUMN : RUN_COLUMNS.find((column) => column.id === id);
  if (known) return known;
  const dot = id.indexOf('.');
  const kind = id.slice(0, dot) as keyof typeof KEYED;
  const key = id.slice(dot + 1);
  if (dot < 0 || key === '' || !(kind in KEYED)) return undefined;
  return { id, title: key, orderBy: quotedKey(kind, key), field: id, ...KEYED[kind] };
}

const MOST_METRICS = 5;
const MOST_PARAMS = 5;

/** What to show until somebody chooses: when and how it went, then the figures and parameters that people look for first. */
export function standardColumns({ metrics, params }: { metrics: readonly string[]; params: readonly string[] }): string[] {
  const figures = byImportance(metrics.filter((key) => !key.startsWith('system/'))).slice(0, MOST_METRICS);
  const named = (kind: string, keys: readonly string[]) => keys.map((key) => `${kind}.${key}`);
  return [
    'status',
    'start_time',
    'duration',
    ...named('metrics', figures),
    ...named('params', params.slice(0, MOST_PARAMS)),
    'tags.mlflow.user',
  ];
}

/** The text of a cell, for columns that are plain text. */
export function cellText(row: RunRow, column: Column, value: RunRow['values'][number] | undefined): string {
  if (column.id === 'duration') return row.end_time === null ? '–' : took(Math.max(0, row.end_time - row.start_time));
  if (column.id === 'run_id') return row.run_id;
  if (column.id === 'end_time') return row.end_time === null ? '–' : dayAndTime(row.end_time);
  if (value === null || value === undefined || value === '') return '–';
  return typeof value === 'number' ? significant(value, 5) : value;
}
