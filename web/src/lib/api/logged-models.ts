import { get, post, send } from '../request.ts';
import type { Metric, Pair, Run } from './mlflow.ts';

/** A metric of a logged model: measured by a run, on a data set if one was told. */
export interface ModelMetric extends Metric {
  readonly run_id: string;
  readonly dataset_name?: string;
  readonly dataset_digest?: string;
}

/** A model as MLflow 3 logs it, before and beside being registered. */
export interface LoggedModel {
  readonly info: {
    readonly model_id: string;
    readonly experiment_id: string;
    readonly name: string;
    readonly artifact_uri: string;
    readonly status: string;
    readonly model_type?: string;
    readonly source_run_id?: string;
    readonly creation_timestamp_ms: number | string;
    readonly last_updated_timestamp_ms?: number | string;
    readonly tags?: readonly Pair[];
  };
  readonly data?: { readonly params?: readonly Pair[]; readonly metrics?: readonly ModelMetric[] };
}

const MODELS = '/api/2.0/mlflow/logged-models';

export interface LoggedModelQuery {
  readonly experimentId: string;
  /** Part of the name, whatever its case. */
  readonly q?: string | undefined;
  /** `creation_timestamp`, `name` or `metrics.KEY`, with `-` before it for descending. */
  readonly sort: string;
}

export interface LoggedModelPart {
  readonly models?: readonly LoggedModel[];
  readonly next_page_token?: string;
}

const PART = 100;

export function searchLoggedModels(
  { experimentId, q, sort }: LoggedModelQuery,
  page_token: string | undefined,
  signal?: AbortSignal,
): Promise<LoggedModelPart> {
  const order_by = [{ field_name: sort.replace(/^-/u, ''), ascending: !sort.startsWith('-') }];
  const filter = q === undefined ? {} : { filter: `name ILIKE '%${q.replaceAll("'", "''")}%'` };
  const from = page_token === undefined ? {} : { page_token };
  return post(`${MODELS}/search`, { experiment_ids: [experimentId], ...filter, order_by, max_results: PART, ...from }, signal);
}

/** Models that a run logged as such (MLflow 3). */
export async function loggedModelsOf({ info }: Run, signal?: AbortSignal): Promise<readonly LoggedModel[]> {
  const body = { experiment_ids: [info.experiment_id], filter: `source_run_id = '${info.run_id}'`, max_results: 50 };
  return (await post<LoggedModelPart>(`${MODELS}/search`, body, signal)).models ?? [];
}

export const getLoggedModel = async (id: string, signal?: AbortSignal): Promise<LoggedModel> =>
  (await get<{ model: LoggedModel }>(`${MODELS}/${encodeURIComponent(id)}`, {}, signal)).model;

export const setLoggedModelTag = (id: string, tag: Pair): Promise<unknown> =>
  send('PATCH', `${MODELS}/${encodeURIComponent(id)}/tags`, { tags: [tag] });
export const deleteLoggedModelTag = (id: string, key: string): Promise<unknown> =>
  send('DELETE', `${MODELS}/${encodeURIComponent(id)}/tags/${encodeURIComponent(key)}`, {});
export const deleteLoggedModel = (id: string): Promise<unknown> => send('DELETE', `${MODELS}/${encodeURIComponent(id)}`, {});
