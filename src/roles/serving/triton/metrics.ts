import type { MetricSpec, Metrics } from '#http/metrics.ts';
import type { Deployments } from '../runtime/deployments.ts';
import type { ModelStats, Phase } from '../runtime/model-stats.ts';

const labels = ['model', 'version'] as const;
const counter = (name: string, help: string) => ({ name, help, type: 'counter', labels }) as const satisfies MetricSpec;

/** Triton's inference metrics (its docs/user_guide/metrics.md), for dashboards and autoscalers made for it. Shown with `serving.triton_metrics`. */
export const metrics = {
  success: counter('nv_inference_request_success', 'Requests that were answered.'),
  failure: { ...counter('nv_inference_request_failure', 'Requests that failed.'), labels: [...labels, 'reason'] },
  inferences: counter('nv_inference_count', 'Rows that were scored.'),
  executions: counter('nv_inference_exec_count', 'Calls of the engine.'),
  requestUs: counter('nv_inference_request_duration_us', 'Time from arrival to answer of all requests, microseconds.'),
  queueUs: counter('nv_inference_queue_duration_us', 'Time that requests waited for their batch, microseconds.'),
  computeUs: counter('nv_inference_compute_infer_duration_us', 'Time in the engine, microseconds.'),
  pending: { ...counter('nv_inference_pending_request_count', 'Rows that wait for a batch.'), type: 'gauge' },
} as const satisfies Record<string, MetricSpec>;

/** What was counted under one model and version, over all loads of it. */
interface Sums {
  readonly success: Phase;
  readonly failures: number;
  readonly inferences: number;
  readonly executions: number;
  readonly queueMs: number;
  readonly runMs: number;
}

const NOTHING: Sums = { success: { count: 0, ms: 0 }, failures: 0, inferences: 0, executions: 0, queueMs: 0, runMs: 0 };

/** Brings the metrics up to date at each scrape. A model is named as on the inference protocol: by its deployment. */
export function showTritonMetrics(registry: Metrics, deployments: Deployments): void {
  const cells = {
    success: registry.counter(metrics.success),
    failure: registry.counter(metrics.failure),
    inferences: registry.counter(metrics.inferences),
    executions: registry.counter(metrics.executions),
    requestUs: registry.counter(metrics.requestUs),
    queueUs: registry.counter(metrics.queueUs),
    computeUs: registry.counter(metrics.computeUs),
    pending: registry.gauge(metrics.pending),
  };
  registry.onScrape(() => {
    for (const deployment of deployments.all()) {
      const byVersion = Map.groupBy(
        deployment.variants.flatMap((v) => v.live ?? []),
        (live) => live.model.version,
      );
      for (const [version, lives] of byVersion) {
        const place = { model: deployment.name, version };
        const sums = lives.reduce((total, { stats }) => added(total, stats), NOTHING);
        cells.success.set(sums.success.count, place);
        cells.failure.set(sums.failures, { ...place, reason: 'OTHER' });
        cells.inferences.set(sums.inferences, place);
        cells.executions.set(sums.executions, place);
        cells.requestUs.set(Math.round(sums.success.ms * 1000), place);
        cells.queueUs.set(Math.round(sums.queueMs * 1000), place);
        cells.computeUs.set(Math.round(sums.runMs * 1000), place);
        cells.pending.set(
          lives.reduce((rows, { batcher }) => rows + batcher.queuedRows, 0),
          place,
        );
      }
    }
  });
}

function added(a: Sums, { success, fail, inferences, executions, queue, run }: ModelStats): Sums {
  return {
    success: { count: a.success.count + success.count, ms: a.success.ms + success.ms },
    failures: a.failures + fail.count,
    inferences: a.inferences + inferences,
    executions: a.executions + executions,
    queueMs: a.queueMs + queue.ms,
    runMs: a.runMs + run.ms,
  };
}
