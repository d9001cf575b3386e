import type { FeatureValue, VariantRole } from '#contract/events.ts';
import type { LogChunk } from './event-log.ts';

/** Which predictions; absent fields do not narrow. Times are milliseconds since the epoch, `from` inclusive, `to` exclusive. */
export interface PredictionFilter {
  readonly deployment?: string;
  readonly role?: VariantRole;
  readonly model?: string;
  readonly version?: string;
  readonly status?: 'ok' | 'error';
  /** Predicted class. */
  readonly label?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Exact prediction_id, request_id or key. */
  readonly q?: string;
}

/** A prediction as the index knows it. */
export interface IndexedPrediction {
  readonly prediction_id: string;
  readonly request_id: string;
  readonly row: number;
  readonly time: string;
  readonly deployment: string;
  readonly role: VariantRole;
  readonly model_name: string;
  readonly model_version: string;
  readonly run_id: string | null;
  readonly status: 'ok' | 'error';
  readonly task: 'classification' | 'regression' | 'other';
  readonly prediction: number | string | null;
  readonly probabilities: Readonly<Record<string, number>> | null;
  readonly features: Readonly<Record<string, FeatureValue>>;
  readonly duration_ms: number;
  readonly queue_ms: number | null;
  readonly batch_size: number | null;
  readonly key: string | null;
  readonly paired_with: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** The true outcome, once feedback gave one. */
  readonly actual: number | string | null;
  readonly observed_at: string | null;
}

export interface IngestResult {
  /** Rows that are new in the index. */
  readonly rows: number;
  /** Records below the cursor: they were there already. */
  readonly skipped: number;
  /** Records that can never be indexed, with the reason; they are kept in the dead-letter table. */
  readonly dead: number;
  /** The cursor after the chunk. */
  readonly position: number;
}

export type GroupBy = 'deployment' | 'role' | 'version' | 'status' | 'label';

/** Figures over a set of predictions. Durations in milliseconds; null where there are no rows. */
export interface Figures {
  readonly count: number;
  readonly errors: number;
  readonly mean_ms: number | null;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly p99_ms: number | null;
  /** Rows per call of the engine. */
  readonly mean_batch: number | null;
  /** Wait for the call of the engine. */
  readonly mean_queue_ms: number | null;
}

export interface SeriesPoint extends Figures {
  /** Start of the bucket, ms since the epoch; empty buckets are absent. */
  readonly t: number;
  readonly group: string | null;
}

/** Labelled predictions of one version, role and window, reduced to what every quality metric needs. */
export interface QualityCell {
  readonly version: string;
  readonly role: VariantRole;
  /** Start of the window, ms; null when the whole range is one window. */
  readonly t: number | null;
  readonly n: number;
  /** Classification: counts by [predicted, actual]. */
  readonly confusion: readonly { readonly predicted: string; readonly actual: string; readonly count: number }[];
  /** Regression: sums over e = predicted − actual and over y = actual. */
  readonly sums: { readonly e: number; readonly abs: number; readonly sq: number; readonly y: number; readonly yy: number } | null;
}

/** Primary against shadow on the same rows. */
export interface PairFigures {
  readonly shadow_version: string;
  readonly primary_version: string;
  readonly n: number;
  /** Classification: rows with the same label. Regression: rows closer than 1e-6. */
  readonly agree: number;
  readonly confusion: readonly { readonly primary: string; readonly shadow: string; readonly count: number }[];
  /** Regression, or probability of the primary's label: mean and largest absolute difference. */
  readonly mean_abs_difference: number | null;
  readonly max_abs_difference: number | null;
  readonly primary_p50_ms: number | null;
  readonly shadow_p50_ms: number | null;
  readonly primary_p95_ms: number | null;
  readonly shadow_p95_ms: number | null;
  readonly shadow_errors: number;
  /** Of the labelled pairs: how many each side got right, or their summed absolute errors. */
  readonly labelled: number;
  readonly primary_right: number;
  readonly shadow_right: number;
  readonly primary_abs_error: number | null;
  readonly shadow_abs_error: number | null;
  /** For paired tests: labelled pairs that only one side got right, and Σ (|shadow's error| − |primary's error|)². */
  readonly primary_only_right?: number;
  readonly shadow_only_right?: number;
  readonly abs_error_difference_sq?: number | null;
}

/** The searchable index of predictions and their labels. Fed from the event log only; never the source of truth. */
export interface Analytics {
  /** Offset after the last record of the partition that the index holds. */
  position(partition: string): Promise<number>;
  /** Adds a chunk's rows and moves the cursor in one transaction; records below the cursor are skipped. */
  ingest(chunk: LogChunk): Promise<IngestResult>;
  /** Newest first. `cursor` comes from the answer before. @throws ANALYTICS_CURSOR_INVALID */
  list(
    filter: PredictionFilter,
    page: { readonly cursor?: string; readonly limit: number },
  ): Promise<{ items: IndexedPrediction[]; next_cursor: string | null }>;
  get(predictionId: string): Promise<IndexedPrediction | undefined>;
  getMany(predictionIds: readonly string[]): Promise<IndexedPrediction[]>;
  /** The newest primary prediction of each key. */
  getByKeys(deployment: string, keys: readonly string[]): Promise<IndexedPrediction[]>;
  /** Shadows (or the primary) of the same row. */
  pairsOf(predictionId: string): Promise<IndexedPrediction[]>;
  count(filter: PredictionFilter): Promise<number>;
  summary(filter: PredictionFilter): Promise<Figures>;
  series(filter: PredictionFilter, bucketMs: number, by?: GroupBy): Promise<SeriesPoint[]>;
  groups(filter: PredictionFilter, by: GroupBy): Promise<(Figures & { readonly group: string })[]>;
  quality(filter: PredictionFilter, windowMs?: number): Promise<QualityCell[]>;
  pairs(filter: PredictionFilter): Promise<PairFigures[]>;
  /** Values of one numeric feature (or of the prediction, `feature: null`) counted into bins: counts[i] is edges[i] ≤ v < edges[i+1]. */
  histogram(
    filter: PredictionFilter,
    feature: string | null,
    edges: readonly number[],
  ): Promise<{ counts: number[]; below: number; above: number; missing: number }>;
  /** Removes rows older than `beforeMs`. Resolves with how many. */
  prune(beforeMs: number): Promise<number>;
  deadLetters(limit: number): Promise<{ partition: string; offset: number; reason: string; record: string }[]>;
  ping(): Promise<void>;
  close(): Promise<void>;
}
