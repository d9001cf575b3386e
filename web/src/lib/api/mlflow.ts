import { get } from '../request.ts';

export interface Pair<V = string> {
  readonly key: string;
  readonly value: V;
}

export interface Metric {
  readonly key: string;
  readonly value: number | string;
  readonly step: number | string;
  readonly timestamp: number | string;
}

export interface Dataset {
  readonly name: string;
  readonly digest: string;
  readonly source_type?: string;
  readonly source?: string;
  readonly schema?: string;
  readonly profile?: string;
}

export interface DatasetInput {
  readonly dataset: Dataset;
  readonly tags?: readonly Pair[];
}

export interface Run {
  readonly info: {
    readonly run_id: string;
    readonly run_name?: string;
    readonly experiment_id: string;
    readonly user_id?: string;
    readonly status: string;
    readonly start_time?: number | string;
    readonly end_time?: number | string;
    readonly artifact_uri: string;
    readonly lifecycle_stage: string;
  };
  readonly data: {
    readonly metrics?: readonly Metric[];
    readonly params?: readonly Pair[];
    readonly tags?: readonly Pair[];
  };
  readonly inputs?: { readonly dataset_inputs?: readonly DatasetInput[] };
}

export interface ModelVersion {
  readonly name: string;
  readonly version: string;
  readonly run_id?: string;
  readonly status?: string;
  readonly current_stage?: string;
  readonly description?: string;
  readonly source?: string;
  readonly tags?: readonly Pair[];
  readonly last_updated_timestamp?: number | string;
  readonly aliases?: readonly string[];
  readonly creation_timestamp?: number | string;
}

export interface RegisteredModel {
  readonly name: string;
  readonly description?: string;
  readonly creation_timestamp?: number | string;
  readonly last_updated_timestamp?: number | string;
  readonly aliases?: readonly { readonly alias: string; readonly version: string }[];
  readonly tags?: readonly Pair[];
  readonly latest_versions?: readonly ModelVersion[];
}

const MLFLOW = '/api/2.0/mlflow';

export const getRun = async (runId: string, signal?: AbortSignal): Promise<Run> =>
  (await get<{ run: Run }>(`${MLFLOW}/runs/get`, { run_id: runId }, signal)).run;

export async function searchVersions(name: string, signal?: AbortSignal): Promise<readonly ModelVersion[]> {
  const filter = `name='${name.replaceAll("'", "''")}'`;
  const answer = await get<{ model_versions?: readonly ModelVersion[] }>(
    `${MLFLOW}/model-versions/search`,
    { filter, max_results: 200 },
    signal,
  );
  return [...(answer.model_versions ?? [])].sort((a, b) => Number(b.version) - Number(a.version));
}
