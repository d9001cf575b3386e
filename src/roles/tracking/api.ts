import type { MlflowCaller, TrackingCall } from '#contract/http/mlflow/graphql/calls.ts';

/** What other roles may ask of experiments and runs. */
export interface TrackingApi {
  /** Answers a call of MLflow's API as its endpoint does. */
  readonly mlflow: MlflowCaller<TrackingCall>;
  /** Finds the experiment by name (restoring nothing) or makes it. */
  ensureExperiment(name: string): Promise<{ experiment_id: string; artifact_location: string }>;
  createRun(run: NewRun): Promise<{ run_id: string; artifact_uri: string }>;
  /** Params, metrics and tags in one unit: all or nothing. */
  logBatch(runId: string, batch: RunBatch): Promise<void>;
  logInputs(runId: string, datasets: readonly RunDataset[]): Promise<void>;
  finishRun(runId: string, status: 'FINISHED' | 'FAILED' | 'KILLED', endMs: number): Promise<void>;
  getRun(runId: string): Promise<RunSummary | undefined>;
  /** A logged model in state READY that belongs to a run; its artifacts are written by the caller under `artifact_uri`. */
  createLoggedModel(model: {
    experimentId: string;
    runId: string;
    name: string;
    modelType?: string;
  }): Promise<{ model_id: string; artifact_uri: string }>;
  /** LOGGED_MODEL_READY or LOGGED_MODEL_UPLOAD_FAILED. */
  finishLoggedModel(modelId: string, ok: boolean): Promise<void>;
  getLoggedModel(modelId: string): Promise<LoggedModelSummary | undefined>;
  /** Those of these traces that there are, in the order of the ids. */
  getTraces(traceIds: readonly string[]): Promise<readonly TraceSummary[]>;
  /** Spans of a trace that are kept with it, each as the JSON text that clients write into files. */
  spanTexts(traceId: string): Promise<readonly string[]>;
  /** Adds tags, replacing those of the same keys. @throws TRACKING_LOGGED_MODEL_NOT_FOUND */
  setLoggedModelTags(modelId: string, tags: Readonly<Record<string, string>>): Promise<void>;
}

export interface TraceSummary {
  readonly trace_id: string;
  readonly experiment_id: string;
  /** The trace as MLflow's clients read it. */
  readonly info: unknown;
  readonly artifact_uri: string;
  /** Whether its spans are kept with it; those of others are a file among its artifacts. */
  readonly isKeptHere: boolean;
  /** How many spans its client has counted; 0 where it did not say. */
  readonly spanCount: number;
}

export interface LoggedModelSummary {
  readonly model_id: string;
  readonly name: string;
  readonly artifact_uri: string;
  /** Empty when it was logged outside of a run. */
  readonly source_run_id: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface NewRun {
  readonly experimentId: string;
  readonly name: string;
  readonly startMs: number;
  readonly user?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface RunBatch {
  readonly params?: Readonly<Record<string, string>>;
  readonly metrics?: readonly { readonly key: string; readonly value: number; readonly step?: number; readonly timestampMs: number }[];
  readonly tags?: Readonly<Record<string, string>>;
}

export interface RunDataset {
  readonly name: string;
  readonly digest: string;
  readonly sourceType: string;
  readonly source: string;
  readonly schema?: string;
  readonly profile?: string;
  readonly context: string;
}

export interface RunSummary {
  readonly run_id: string;
  readonly run_name: string;
  readonly experiment_id: string;
  readonly status: string;
  readonly start_time: number;
  readonly end_time: number | null;
  readonly artifact_uri: string;
  readonly params: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly datasets: readonly { readonly name: string; readonly digest: string; readonly context: string }[];
}
