import { get, post } from '../request.ts';

export interface Pair<V = string> {
  readonly key: string;
  readonly value: V;
}

export interface Experiment {
  readonly experiment_id: string;
  readonly name: string;
  readonly lifecycle_stage: string;
  readonly creation_time?: number | string;
  readonly last_update_time?: number | string;
}

export interface Run {
  readonly info: {
    readonly run_id: string;
    readonly run_name?: string;
    readonly experiment_id: string;
    readonly status: string;
    readonly start_time?: number | string;
    readonly end_time?: number | string;
  };
  readonly data: {
    readonly metrics?: readonly Pair<number | string>[];
    readonly params?: readonly Pair[];
    readonly tags?: readonly Pair[];
  };
  readonly inputs?: { readonly dataset_inputs?: readonly { readonly dataset: { readonly name: string; readonly digest: string } }[] };
}

export interface ModelVersion {
  readonly name: string;
  readonly version: string;
  readonly run_id?: string;
  readonly status?: string;
  readonly current_stage?: string;
  readonly description?: string;
  readonly aliases?: readonly string[];
  readonly creation_timestamp?: number | string;
}

export interface RegisteredModel {
  readonly name: string;
  readonly description?: string;
  readonly creation_timestamp?: number | string;
  readonly last_updated_timestamp?: number | string;
  readonly aliases?: readonly { readonly alias: string; readonly version: string }[];
  readonly latest_versions?: readonly ModelVersion[];
}

interface Page {
  readonly next_page_token?: string;
}

const MLFLOW = '/api/2.0/mlflow';

export async function searchExperiments(signal?: AbortSignal): Promise<readonly Experiment[]> {
  const body = { max_results: 1000, order_by: ['last_update_time DESC'] };
  return (await post<{ experiments?: readonly Experiment[] }>(`${MLFLOW}/experiments/search`, body, signal)).experiments ?? [];
}

/** The newest runs first; `isComplete` is false when there are more than were asked for. */
export async function searchRuns(experimentId: string, signal?: AbortSignal): Promise<{ runs: readonly Run[]; isComplete: boolean }> {
  const body = { experiment_ids: [experimentId], max_results: 500, order_by: ['attributes.start_time DESC'] };
  const answer = await post<Page & { runs?: readonly Run[] }>(`${MLFLOW}/runs/search`, body, signal);
  return { runs: answer.runs ?? [], isComplete: !answer.next_page_token };
}

export const getRun = async (runId: string, signal?: AbortSignal): Promise<Run> =>
  (await get<{ run: Run }>(`${MLFLOW}/runs/get`, { run_id: runId }, signal)).run;

export async function searchModels(signal?: AbortSignal): Promise<readonly RegisteredModel[]> {
  return (
    (await get<{ registered_models?: readonly RegisteredModel[] }>(`${MLFLOW}/registered-models/search`, { max_results: 1000 }, signal))
      .registered_models ?? []
  );
}

export async function searchVersions(name: string, signal?: AbortSignal): Promise<readonly ModelVersion[]> {
  const filter = `name='${name.replaceAll("'", "''")}'`;
  const answer = await get<{ model_versions?: readonly ModelVersion[] }>(
    `${MLFLOW}/model-versions/search`,
    { filter, max_results: 200 },
    signal,
  );
  return [...(answer.model_versions ?? [])].sort((a, b) => Number(b.version) - Number(a.version));
}
