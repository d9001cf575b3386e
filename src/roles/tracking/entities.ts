import type { PagePlace } from '#contract/http/mlflow/page-token.ts';
import type { Filter } from '#contract/http/mlflow/search-filter.ts';
import type { OrderKey } from '#contract/http/mlflow/search-order.ts';

/** Tag that names the run within which a run was started. */
export const PARENT_TAG = 'mlflow.parentRunId';

export interface Pair {
  readonly key: string;
  readonly value: string;
}

export interface Experiment {
  readonly experiment_id: string;
  readonly name: string;
  readonly artifact_location: string;
  readonly lifecycle_stage: string;
  readonly creation_time: number;
  readonly last_update_time: number;
  readonly tags: readonly Pair[];
}

export interface RunInfo {
  readonly run_id: string;
  readonly run_name: string;
  readonly experiment_id: string;
  readonly user_id: string;
  readonly status: string;
  readonly start_time: number;
  readonly end_time: number | null;
  readonly lifecycle_stage: string;
  readonly artifact_uri: string;
}

export interface Metric {
  readonly key: string;
  readonly value: number;
  readonly timestamp: number;
  readonly step: number;
}

/** A point to log; with `model_id` it is kept for the logged model as well. */
export interface Point extends Metric {
  readonly model_id?: string;
  readonly dataset_name?: string;
  readonly dataset_digest?: string;
}

export interface RunDatasetInput {
  readonly name: string;
  readonly digest: string;
  readonly source_type: string;
  readonly source: string;
  readonly schema: string | null;
  readonly profile: string | null;
  readonly tags: readonly Pair[];
}

export interface Run {
  readonly info: RunInfo;
  readonly metrics: readonly Metric[];
  readonly params: readonly Pair[];
  readonly tags: readonly Pair[];
  readonly datasets: readonly RunDatasetInput[];
  readonly modelInputs: readonly string[];
  readonly modelOutputs: readonly { readonly model_id: string; readonly step: number }[];
}

export interface ModelMetric extends Metric {
  readonly model_id: string;
  readonly run_id: string;
  readonly dataset_name: string;
  readonly dataset_digest: string;
}

export interface LoggedModel {
  readonly model_id: string;
  readonly experiment_id: string;
  readonly name: string;
  readonly creation_timestamp_ms: number;
  readonly last_updated_timestamp_ms: number;
  readonly artifact_uri: string;
  readonly status: string;
  readonly lifecycle_stage: string;
  readonly model_type: string;
  readonly source_run_id: string;
  readonly tags: readonly Pair[];
  readonly params: readonly Pair[];
  readonly metrics: readonly ModelMetric[];
}

/** The tag that tells clients where to keep and find the spans of a trace. */
export const LOCATION_TAG = 'mlflow.artifactLocation';

/** A trace without its spans. Metadata and tags by key. */
export interface Trace {
  readonly trace_id: string;
  readonly experiment_id: string;
  readonly request_time: number;
  readonly duration_ms: number | null;
  readonly state: string;
  readonly client_request_id: string;
  readonly request_preview: string;
  readonly response_preview: string;
  readonly metadata: readonly Pair[];
  readonly tags: readonly Pair[];
  readonly assessments: readonly Assessment[];
}

/** What was said of a trace, in the words of the wire. One of feedback and expectation is there. */
export interface AssessmentBody {
  readonly assessment_name: string;
  readonly span_id?: string;
  readonly source: { readonly source_type: string; readonly source_id: string };
  readonly feedback?: { readonly value?: unknown; readonly error?: unknown };
  readonly expectation?: { readonly value?: unknown };
  readonly rationale?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface Assessment {
  readonly assessment_id: string;
  readonly create_time: number;
  readonly last_update_time: number;
  /** False while another assessment corrects it. */
  readonly valid: boolean;
  readonly overrides: string;
  readonly body: AssessmentBody;
}

export type AssessmentChange = Partial<Pick<AssessmentBody, 'assessment_name' | 'feedback' | 'expectation' | 'rationale' | 'metadata'>> & {
  readonly valid?: boolean;
  readonly now: number;
};

/** How a trace of the first form ended. */
export interface TraceEnd {
  readonly at: number;
  readonly state: string;
  readonly metadata: readonly Pair[];
  readonly tags: readonly Pair[];
}

export type View = 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL';

/** A checked search. `limit` rows at most, after `place` if there is one. */
export interface Search {
  readonly filter: Filter | undefined;
  readonly order: readonly OrderKey[];
  readonly place: PagePlace | undefined;
  readonly limit: number;
  readonly view: View;
}

/** Part of what was searched for; `next` is where the following page begins, if there is one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: PagePlace | undefined;
}

/** Items of a list as JSON text, separated by commas. The store's thread writes it: text crosses over in a fraction of the time of objects. */
export interface JsonSlice {
  readonly json: string;
  readonly count: number;
  readonly next: PagePlace | undefined;
}
