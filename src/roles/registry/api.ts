import type { MlflowCaller, RegistryCall } from '#contract/http/mlflow/graphql/calls.ts';

/** What other roles may ask of registered models. All references are `models:/NAME/3`, `models:/NAME@alias` or `models:/NAME/Stage`. */
export interface RegistryApi {
  /** Answers a call of MLflow's API as its endpoint does. */
  readonly mlflow: MlflowCaller<RegistryCall>;
  /** Makes the model if it is not there. */
  ensureModel(name: string, description?: string): Promise<void>;
  createVersion(version: NewVersion): Promise<{ version: string }>;
  /** @throws REGISTRY_VERSION_NOT_FOUND, REGISTRY_ALIAS_NOT_FOUND, REGISTRY_REFERENCE_INVALID */
  resolve(reference: string): Promise<ResolvedVersion>;
  /** Every move is kept in the alias history with who, when and why. Resolves with the version that the alias named before. */
  setAlias(move: AliasMove): Promise<{ from: string | null; to: string }>;
  aliasHistory(name: string, alias: string): Promise<readonly AliasChange[]>;
  /** Grows with every change of a model, version, alias or stage. */
  revision(): Promise<number>;
  /** Resolves with the revision as soon as it is greater than `since`, or after `timeoutMs` with the present one. */
  waitForChange(since: number, timeoutMs: number, signal: AbortSignal): Promise<number>;
  listModels(): Promise<readonly { name: string; versions: number; aliases: Readonly<Record<string, string>> }[]>;
}

export interface NewVersion {
  readonly name: string;
  /** `models:/m-…`, `runs:/…` or an artifact URI. */
  readonly source: string;
  readonly runId?: string;
  readonly modelId?: string;
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface ResolvedVersion {
  readonly name: string;
  readonly version: string;
  readonly run_id: string | null;
  /** Where the model's files are: an artifact URI such as `mlflow-artifacts:/1/models/m-…/artifacts`. */
  readonly download_uri: string;
  readonly created_ms: number;
  readonly updated_ms: number;
  readonly description: string;
  readonly stage: string;
  readonly aliases: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

export interface AliasMove {
  readonly name: string;
  readonly alias: string;
  readonly version: string;
  readonly by?: string;
  readonly reason?: string;
}

export interface AliasChange {
  readonly from: string | null;
  readonly to: string | null;
  readonly at_ms: number;
  readonly by: string;
  readonly reason: string;
}
