import type { Generated } from 'kysely';

/**
 * Tables of experiments and runs. `id` is ours and small, for joins; what clients see are the text ids. `experiment` is repeated in the keyed
 * tables because every search is within experiments, and a run never changes its own.
 */
export interface TrackingTables {
  tracking_experiments: {
    id: Generated<number>;
    /** An integer up to 2^63 as text. */
    experiment_id: string;
    name: string;
    artifact_location: string;
    lifecycle_stage: string;
    creation_time: number;
    last_update_time: number;
  };
  tracking_experiment_tags: { experiment: number; key: string; value: string };
  tracking_runs: {
    id: Generated<number>;
    run_id: string;
    experiment: number;
    name: string;
    user_id: string;
    status: string;
    start_time: number;
    end_time: number | null;
    lifecycle_stage: string;
    artifact_uri: string;
  };
  tracking_params: { run: number; key: string; experiment: number; value: string };
  tracking_tags: { run: number; key: string; experiment: number; value: string };
  /** Every point. NaN is value 0 with the flag, because SQLite has no NaN. */
  tracking_metrics: { run: number; key: string; timestamp: number; step: number; value: number; is_nan: number };
  /** The point with the greatest (step, timestamp, value) of each key. */
  tracking_latest_metrics: LatestMetric;
  tracking_datasets: {
    id: Generated<number>;
    experiment: number;
    name: string;
    digest: string;
    source_type: string;
    source: string;
    schema: string | null;
    profile: string | null;
  };
  tracking_dataset_inputs: { run: number; dataset: number };
  tracking_dataset_input_tags: { run: number; dataset: number; key: string; value: string };
  tracking_model_inputs: { run: number; model_id: string };
  tracking_model_outputs: { run: number; model_id: string; step: number };
  tracking_logged_models: {
    id: Generated<number>;
    model_id: string;
    experiment: number;
    name: string;
    artifact_uri: string;
    status: string;
    lifecycle_stage: string;
    model_type: string;
    source_run_id: string;
    creation_time: number;
    last_update_time: number;
  };
  tracking_traces: {
    id: Generated<number>;
    trace_id: string;
    experiment: number;
    request_time: number;
    duration_ms: number | null;
    state: string;
    client_request_id: string;
    request_preview: string;
    response_preview: string;
  };
  tracking_trace_tags: { trace: number; key: string; value: string };
  tracking_trace_metadata: { trace: number; key: string; value: string };
  tracking_trace_assessments: {
    assessment_id: string;
    trace: number;
    create_time: number;
    last_update_time: number;
    valid: number;
    overrides: string;
    /** In which order they came. */
    position: number;
    /** JSON: `AssessmentBody`. */
    body: string;
  };
  tracking_spans: {
    trace: number;
    span_id: string;
    parent_id: string | null;
    name: string;
    type: string | null;
    status: string;
    /** Nanoseconds since 1970, with leading zeros to 20 digits: they sort as text. */
    start_ns: string;
    /** JSON: a span as MLflow's clients write it into files. */
    content: string;
    /** JSON objects: tokens and costs that the span says. */
    usage: string | null;
    cost: string | null;
  };
  tracking_scorers: { id: Generated<number>; scorer_id: string; experiment: number; name: string };
  tracking_scorer_versions: { scorer: number; version: number; serialized: string; creation_time: number };
  /** `name/version` */
  tracking_trace_prompts: { trace: number; prompt: string };
  tracking_trace_runs: { trace: number; run_id: string };
  tracking_logged_model_params: { model: number; key: string; value: string };
  tracking_logged_model_tags: { model: number; key: string; value: string };
  tracking_logged_model_metrics: LoggedModelMetric;
}

export interface LatestMetric {
  run: number;
  key: string;
  experiment: number;
  value: number;
  timestamp: number;
  step: number;
  is_nan: number;
}

export interface LoggedModelMetric {
  model: number;
  key: string;
  timestamp: number;
  step: number;
  value: number;
  is_nan: number;
  run_id: string;
  dataset_name: string;
  dataset_digest: string;
}
