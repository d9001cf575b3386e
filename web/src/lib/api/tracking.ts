import type { Columns, ExperimentRow, MetricSeries, RunRow } from '#contract/http/platform/tracking.ts';
import { get, post } from '../request.ts';
import type { ModelVersion, Pair } from './mlflow.ts';

export type { Columns, ExperimentRow, MetricSeries, RunRow };
export type View = 'active' | 'deleted' | 'all';

/** Part of a list and where the next part begins. */
export interface Part<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

const OURS = '/api/v1/tracking';
const MLFLOW = '/api/2.0/mlflow';

export interface ExperimentListing {
  readonly q?: string | undefined;
  readonly view?: View | undefined;
  readonly sort?: 'last_run' | 'name' | 'creation_time' | undefined;
}

export const listExperiments = (
  listing: ExperimentListing,
  cursor: string | undefined,
  signal?: AbortSignal,
): Promise<Part<ExperimentRow>> => get(`${OURS}/experiments`, { ...listing, cursor, limit: 200 }, signal);

export interface Experiment {
  readonly experiment_id: string;
  readonly name: string;
  readonly lifecycle_stage: string;
  readonly artifact_location: string;
  readonly tags?: readonly Pair[];
}

export const getExperiment = async (id: string, signal?: AbortSignal): Promise<Experiment> =>
  (await get<{ experiment: Experiment }>(`${MLFLOW}/experiments/get`, { experiment_id: id }, signal)).experiment;

export const createExperiment = (name: string): Promise<{ experiment_id: string }> => post(`${MLFLOW}/experiments/create`, { name });
export const renameExperiment = (experiment_id: string, new_name: string): Promise<unknown> =>
  post(`${MLFLOW}/experiments/update`, { experiment_id, new_name });
export const deleteExperiment = (experiment_id: string): Promise<unknown> => post(`${MLFLOW}/experiments/delete`, { experiment_id });
export const restoreExperiment = (experiment_id: string): Promise<unknown> => post(`${MLFLOW}/experiments/restore`, { experiment_id });
export const setExperimentTag = (experiment_id: string, tag: Pair): Promise<unknown> =>
  post(`${MLFLOW}/experiments/set-experiment-tag`, { experiment_id, ...tag });
export const deleteExperimentTag = (experiment_id: string, key: string): Promise<unknown> =>
  post(`${MLFLOW}/experiments/delete-experiment-tag`, { experiment_id, key });

export const listColumns = (experimentId: string, signal?: AbortSignal): Promise<Columns> =>
  get(`${OURS}/columns`, { experiment_ids: experimentId }, signal);

/** Which runs, and in which order. */
export interface RunQuery {
  readonly experimentId: string;
  readonly filter?: string | undefined;
  readonly view: View;
  readonly orderBy: readonly string[];
  readonly rootsOnly: boolean;
}

const narrowed = ({ experimentId, filter, view, rootsOnly }: RunQuery) => ({
  experiment_ids: [experimentId],
  ...(filter ? { filter } : {}),
  view,
  roots_only: rootsOnly,
});

export interface RowPart {
  readonly fields: readonly string[];
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export const searchRunRows = (query: RunQuery, part: RowPart, signal?: AbortSignal): Promise<Part<RunRow>> =>
  post(`${OURS}/runs/search`, { ...narrowed(query), order_by: query.orderBy, ...part }, signal);

export const countRuns = async (query: RunQuery, signal?: AbortSignal): Promise<number> =>
  (await post<{ count: number }>(`${OURS}/runs/count`, narrowed(query), signal)).count;

/** Address of the whole table as CSV. */
export function csvHref({ experimentId, filter, view, orderBy }: RunQuery, fields: readonly string[]): string {
  const search = new URLSearchParams({ experiment_ids: experimentId, view });
  if (filter) search.set('filter', filter);
  for (const order of orderBy) search.append('order_by', order);
  for (const field of fields) search.append('fields', field);
  return `${OURS}/runs/csv?${search}`;
}

const MOST_AT_ONCE = 1000;

async function moveRuns(how: 'delete' | 'restore', ids: readonly string[]): Promise<number> {
  let moved = 0;
  for (let i = 0; i < ids.length; i += MOST_AT_ONCE) {
    moved += (await post<{ moved: number }>(`${OURS}/runs/${how}`, { run_ids: ids.slice(i, i + MOST_AT_ONCE) })).moved;
  }
  return moved;
}

export const deleteRuns = (ids: readonly string[]): Promise<number> => moveRuns('delete', ids);
export const restoreRuns = (ids: readonly string[]): Promise<number> => moveRuns('restore', ids);

export const renameRun = (run_id: string, run_name: string): Promise<unknown> => post(`${MLFLOW}/runs/update`, { run_id, run_name });
export const setRunTag = (run_id: string, tag: Pair): Promise<unknown> => post(`${MLFLOW}/runs/set-tag`, { run_id, ...tag });
export const deleteRunTag = (run_id: string, key: string): Promise<unknown> => post(`${MLFLOW}/runs/delete-tag`, { run_id, key });

export interface SeriesQuery {
  readonly runIds: readonly string[];
  readonly keys: readonly string[];
  readonly points?: number;
}

export const metricSeries = async ({ runIds, keys, points = 600 }: SeriesQuery, signal?: AbortSignal): Promise<readonly MetricSeries[]> =>
  (await post<{ items: readonly MetricSeries[] }>(`${OURS}/metrics/series`, { run_ids: runIds, keys, points }, signal)).items;

/** Versions of registered models that came from a run. */
export async function versionsOfRun(runId: string, signal?: AbortSignal): Promise<readonly ModelVersion[]> {
  const query = { filter: `run_id = '${runId}'`, max_results: 100 };
  return (await get<{ model_versions?: readonly ModelVersion[] }>(`${MLFLOW}/model-versions/search`, query, signal)).model_versions ?? [];
}
