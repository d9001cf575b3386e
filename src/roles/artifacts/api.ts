import type { ArtifactCall, MlflowCaller } from '#contract/http/mlflow/graphql/calls.ts';

/** What other roles may ask of stored files. URIs are what runs and versions carry: `mlflow-artifacts:/…`, `file:///…` under the root. */
export interface ArtifactsApi {
  /** Answers a call of MLflow's API as its endpoint does. */
  readonly mlflow: MlflowCaller<ArtifactCall>;
  /** Stores one file below `uri`, whole or not at all. `path` is relative, with forward slashes. */
  put(uri: string, path: string, body: AsyncIterable<Uint8Array> | Uint8Array): Promise<number>;
  /** @throws ARTIFACT_NOT_FOUND, ARTIFACT_PATH_INVALID */
  get(uri: string, path: string): Promise<AsyncIterable<Uint8Array>>;
  /** The whole file. @throws ARTIFACT_TOO_LARGE above `maxBytes` */
  read(uri: string, path: string, maxBytes: number): Promise<Uint8Array>;
  /** Whether clients can reach the store of this server by signed URLs. */
  direct(): Promise<boolean>;
  /** Files and folders directly below, paths relative to `uri`. */
  list(uri: string, path?: string): Promise<readonly { path: string; is_dir: boolean; file_size: number | null }[]>;
}
