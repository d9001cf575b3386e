import type { VersionPage } from '#contract/http/platform/registry.ts';
import { get, post, send } from '../request.ts';
import type { ModelVersion, Pair, RegisteredModel } from './mlflow.ts';

export type { ModelVersion, RegisteredModel, VersionPage };

const OURS = '/api/v1/registry';
const MLFLOW = '/api/2.0/mlflow';
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export interface ModelsPart {
  readonly registered_models?: readonly RegisteredModel[];
  readonly next_page_token?: string;
}

export const findModels = (q: string | undefined, token: string | undefined, signal?: AbortSignal): Promise<ModelsPart> =>
  get(
    `${MLFLOW}/registered-models/search`,
    { filter: q ? `name ILIKE ${quoted(`%${q}%`)}` : undefined, max_results: 100, page_token: token },
    signal,
  );

export const getModel = async (name: string, signal?: AbortSignal): Promise<RegisteredModel> =>
  (await get<{ registered_model: RegisteredModel }>(`${MLFLOW}/registered-models/get`, { name }, signal)).registered_model;

export const createModel = (name: string): Promise<unknown> => post(`${MLFLOW}/registered-models/create`, { name });
export const renameModel = (name: string, new_name: string): Promise<unknown> =>
  post(`${MLFLOW}/registered-models/rename`, { name, new_name });
export const describeModel = (name: string, description: string): Promise<unknown> =>
  send('PATCH', `${MLFLOW}/registered-models/update`, { name, description });
export const deleteModel = (name: string): Promise<unknown> => send('DELETE', `${MLFLOW}/registered-models/delete`, { name });
export const setModelTag = (name: string, tag: Pair): Promise<unknown> => post(`${MLFLOW}/registered-models/set-tag`, { name, ...tag });
export const deleteModelTag = (name: string, key: string): Promise<unknown> =>
  send('DELETE', `${MLFLOW}/registered-models/delete-tag`, { name, key });

export interface VersionAt {
  readonly name: string;
  readonly version: string;
}

export const getVersionPage = ({ name, version }: VersionAt, signal?: AbortSignal): Promise<VersionPage> =>
  get(`${OURS}/versions/${encodeURIComponent(name)}/${encodeURIComponent(version)}`, {}, signal);
export const describeVersion = (at: VersionAt, description: string): Promise<unknown> =>
  send('PATCH', `${MLFLOW}/model-versions/update`, { ...at, description });
export const setVersionTag = (at: VersionAt, tag: Pair): Promise<unknown> => post(`${MLFLOW}/model-versions/set-tag`, { ...at, ...tag });
export const deleteVersionTag = (at: VersionAt, key: string): Promise<unknown> =>
  send('DELETE', `${MLFLOW}/model-versions/delete-tag`, { ...at, key });
export const deleteVersion = (at: VersionAt): Promise<unknown> => send('DELETE', `${MLFLOW}/model-versions/delete`, at);

export const STAGES = ['None', 'Staging', 'Production', 'Archived'] as const;

export const moveStage = (at: VersionAt, stage: string): Promise<unknown> =>
  post(`${MLFLOW}/model-versions/transition-stage`, { ...at, stage, archive_existing_versions: false });

export interface NewVersion {
  readonly name: string;
  readonly source: string;
  readonly run_id: string;
  readonly model_id?: string;
}

/** Makes the model too if it is not there. */
export async function registerVersion({ name, ...version }: NewVersion): Promise<ModelVersion> {
  await post(`${OURS}/models`, { name });
  return (await post<{ model_version: ModelVersion }>(`${MLFLOW}/model-versions/create`, { name, ...version })).model_version;
}

export interface AliasMove extends VersionAt {
  readonly alias: string;
  readonly reason: string;
}

export const moveAlias = (move: AliasMove): Promise<unknown> => post(`${OURS}/alias`, move);
export const deleteAlias = (name: string, alias: string): Promise<unknown> =>
  send('DELETE', `${MLFLOW}/registered-models/alias`, { name, alias });

export interface AliasChange {
  readonly alias: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly at_ms: number;
  readonly by: string;
  readonly reason: string;
}

/** Moves of all aliases of a model, newest first. */
export const aliasHistory = async (name: string, signal?: AbortSignal): Promise<readonly AliasChange[]> =>
  (await get<{ items: readonly AliasChange[] }>(`${OURS}/alias-history`, { name }, signal)).items;

/** Address of a version as an archive. */
export const exportHref = ({ name, version }: VersionAt): string => `${OURS}/export?${new URLSearchParams({ name, version })}`;
