import type { VariantRole } from '#contract/events.ts';
import { type HistogramCell, type MetricSpec, type Metrics, type ScalarCell, SECONDS_BUCKETS } from '#http/metrics.ts';

/** What a model is in memory for. */
type Use = 'primary' | 'shadow' | 'loose';

/** Default bounds of the reference systems' histograms together, 0.1 ms to 100 s. */
const BUCKETS = [...SECONDS_BUCKETS, 25, 50, 100];
const VARIANT = ['model_alias', 'model_version', 'deployment'] as const;

/** Names of the four reference systems (features.md §1) and our own, for the same few measurements. */
export const metrics = {
  predictions: { name: 'predictions_total', type: 'counter', help: 'Rows scored by primaries.' },
  predictionCount: { name: 'prediction_count_total', type: 'counter', help: 'Rows scored by primaries (name of system 003).' },
  predictionRequests: {
    name: 'prediction_requests_total',
    type: 'counter',
    help: 'Prediction requests that were answered or refused (name of system 004).',
  },
  duration: {
    name: 'prediction_duration_seconds',
    type: 'histogram',
    help: 'From reading a prediction request to its answer, seconds.',
    buckets: BUCKETS,
  },
  time: {
    name: 'prediction_time_seconds',
    type: 'histogram',
    help: 'From reading a prediction request to its answer, seconds (name of system 004).',
    buckets: BUCKETS,
  },
  errors: { name: 'prediction_errors_total', type: 'counter', help: 'Prediction requests that failed or were refused.' },
  errorCount: { name: 'error_count_total', type: 'counter', help: 'Prediction requests that failed or were refused (name of system 003).' },
  byClass: {
    name: 'predictions_by_class_total',
    type: 'counter',
    help: 'Rows by predicted class.',
    labels: ['deployment', 'role', 'class'],
  },
  modelPredictions: {
    name: 'model_predictions_total',
    type: 'counter',
    help: 'Rows scored by variant and outcome.',
    labels: [...VARIANT, 'status'],
  },
  modelErrors: {
    name: 'model_errors_total',
    type: 'counter',
    help: 'Rows that a variant failed to score.',
    labels: [...VARIANT, 'error_type'],
  },
  modelDuration: {
    name: 'model_prediction_duration_histogram_seconds',
    type: 'histogram',
    help: 'Time of a variant for a row, seconds.',
    labels: VARIANT,
    buckets: BUCKETS,
  },
  modelSummary: {
    name: 'model_prediction_duration_summary_seconds',
    type: 'summary',
    help: 'Time of a variant for a row, seconds.',
    labels: VARIANT,
  },
  queueRows: {
    name: 'model_prediction_queue_size',
    type: 'gauge',
    help: 'Rows that wait for a variant.',
    labels: ['model_alias', 'deployment'],
  },
  batch: {
    name: 'prediction_batch_rows',
    type: 'histogram',
    help: 'Rows that ran together.',
    labels: ['deployment', 'role'],
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
  },
  queueWait: {
    name: 'prediction_queue_seconds',
    type: 'histogram',
    help: 'Wait of a request for its batch, seconds.',
    labels: ['deployment', 'role'],
    buckets: BUCKETS,
  },
  shadowDropped: {
    name: 'shadow_rows_dropped_total',
    type: 'counter',
    help: 'Rows that a shadow did not get because its queue was full.',
    labels: ['deployment'],
  },
  shadowRows: { name: 'shadow_rows_total', type: 'counter', help: 'Rows handed to shadows.', labels: ['deployment'] },
  reloads: { name: 'model_loads_total', type: 'counter', help: 'Model loads by outcome.', labels: ['deployment', 'outcome'] },
  loaded: { name: 'model_loaded', type: 'gauge', help: '1 while the variant has a model in memory.', labels: VARIANT, across: 'max' },
  notFinite: {
    name: 'model_nonfinite_predictions_total',
    type: 'counter',
    help: 'Predictions of a variant that are NaN or infinite; answers and events show null.',
    labels: VARIANT,
  },
  memory: {
    name: 'model_memory_bytes',
    type: 'gauge',
    help: 'Memory of models as measured when they were tried, or guessed from their files, bytes, by what they are in memory for.',
    labels: ['use'],
  },
  evicted: {
    name: 'model_evictions_total',
    type: 'counter',
    help: 'Models that were taken out of memory to stay within serving.memory_bytes.',
    labels: ['use'],
  },
  cacheBytes: {
    name: 'model_cache_bytes',
    type: 'gauge',
    help: 'Files of deployed models that are kept on disk, bytes.',
    across: 'main',
  },
  cacheLoads: {
    name: 'model_cache_loads_total',
    type: 'counter',
    help: 'Models that were loaded from kept files because registry or store did not answer, by outcome.',
    labels: ['outcome'],
  },
  peerUp: {
    name: 'model_source_up',
    type: 'gauge',
    help: '1 while whom models come from answers (registry: versions and aliases, store: files), as serving last saw it.',
    labels: ['source'],
    across: 'main',
  },
} as const satisfies Record<string, MetricSpec>;

/** What every request updates: a handful of cells, each shown under all its names. */
export class ServingMetrics {
  readonly registry: Metrics;
  readonly predictions: ScalarCell;
  readonly requests: ScalarCell;
  readonly errors: ScalarCell;
  readonly duration: HistogramCell;

  constructor(registry: Metrics) {
    this.registry = registry;
    this.predictions = registry.counter(metrics.predictions).at({});
    registry.share(metrics.predictionCount, {}, this.predictions);
    this.requests = registry.counter(metrics.predictionRequests).at({});
    this.errors = registry.counter(metrics.errors).at({});
    registry.share(metrics.errorCount, {}, this.errors);
    this.duration = registry.histogram(metrics.duration).at({});
    registry.share(metrics.time, {}, this.duration);
  }

  variant(deployment: string, role: VariantRole, version: string): VariantMetrics {
    return new VariantMetrics(this.registry, { deployment, role, version });
  }

  shadowRows(deployment: string, rows: number): void {
    this.registry.counter(metrics.shadowRows).inc(rows, { deployment });
  }

  shadowDropped(deployment: string, rows: number): void {
    this.registry.counter(metrics.shadowDropped).inc(rows, { deployment });
  }

  cache(bytes: number, up: { readonly registry: boolean; readonly store: boolean }): void {
    this.registry.gauge(metrics.cacheBytes).set(bytes);
    for (const source of ['registry', 'store'] as const) this.registry.gauge(metrics.peerUp).set(up[source] ? 1 : 0, { source });
  }

  memory(use: Use, bytes: number): void {
    this.registry.gauge(metrics.memory).set(bytes, { use });
  }

  evicted(use: Use): void {
    this.registry.counter(metrics.evicted).inc(1, { use });
  }

  cacheLoad(outcome: 'ok' | 'failed'): void {
    this.registry.counter(metrics.cacheLoads).inc(1, { outcome });
  }

  load(deployment: string, outcome: 'ok' | 'failed'): void {
    this.registry.counter(metrics.reloads).inc(1, { deployment, outcome });
  }
}

/** In the words of system 000: `primary` is written as `production` (features.md §6, D01). */
export function aliasOf(role: VariantRole): string {
  return role === 'primary' ? 'production' : role;
}

/** Cells of one variant at one version. */
export class VariantMetrics {
  readonly ok: ScalarCell;
  readonly failed: ScalarCell;
  readonly duration: HistogramCell;
  readonly batch: HistogramCell;
  readonly queueWait: HistogramCell;
  readonly #registry: Metrics;
  readonly #labels: Readonly<Record<string, string>>;
  readonly #deployment: string;
  readonly #role: VariantRole;
  readonly #classes = new Map<string, ScalarCell>();

  constructor(registry: Metrics, { deployment, role, version }: { deployment: string; role: VariantRole; version: string }) {
    this.#registry = registry;
    this.#deployment = deployment;
    this.#role = role;
    this.#labels = { deployment, model_alias: aliasOf(role), model_version: version };
    this.ok = registry.counter(metrics.modelPredictions).at({ ...this.#labels, status: 'success' });
    this.failed = registry.counter(metrics.modelPredictions).at({ ...this.#labels, status: 'error' });
    this.duration = registry.histogram(metrics.modelDuration).at(this.#labels);
    registry.share(metrics.modelSummary, this.#labels, this.duration);
    this.batch = registry.histogram(metrics.batch).at({ deployment, role });
    this.queueWait = registry.histogram(metrics.queueWait).at({ deployment, role });
    registry.gauge(metrics.loaded).set(1, this.#labels);
  }

  error(type: string): void {
    this.failed.value++;
    this.#registry.counter(metrics.modelErrors).inc(1, { ...this.#labels, error_type: type });
  }

  notFinite(): void {
    this.#registry.counter(metrics.notFinite).inc(1, this.#labels);
  }

  label(label: string): void {
    let cell = this.#classes.get(label);
    if (!cell) {
      cell = this.#registry.counter(metrics.byClass).at({ deployment: this.#deployment, role: this.#role, class: label });
      this.#classes.set(label, cell);
    }
    cell.value++;
  }

  retire(): void {
    this.#registry.remove(metrics.loaded.name, this.#labels);
  }
}
