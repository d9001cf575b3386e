import type { Metrics } from '#http/metrics.ts';
import type { Logger } from '#kernel/logger.ts';
import { pause } from '#kernel/retry.ts';
import type { DeploymentView, ServingApi } from '../serving/api.ts';
import { metrics as specs } from './metrics.ts';
import type { Monitors } from './monitors.ts';
import { rangeOf } from './time-range.ts';

interface Parts {
  readonly monitors: Monitors;
  readonly serving: Pick<ServingApi, 'list'>;
  readonly metrics: Metrics;
  readonly windows: { readonly driftMs: number; readonly qualityMs: number };
  readonly everyMs: number;
  readonly now: () => number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly wake: Wake;
}

/** Lets a loop go on before its pause is over. */
export class Wake {
  #controller = new AbortController();

  /** Waits until somebody calls `now`, the time is up, or the signal aborts. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    await pause(ms, AbortSignal.any([signal, this.#controller.signal]));
    if (this.#controller.signal.aborted) this.#controller = new AbortController();
  }

  now(): void {
    this.#controller.abort();
  }
}

/** Labels come in crowds: one refresh serves them all. */
const GATHER_MS = 1000;

/** Brings the gauges of quality and drift up to date until the signal aborts. */
export async function keepGauges(parts: Parts): Promise<void> {
  const { serving, everyMs, logger, signal, wake } = parts;
  while (!signal.aborted) {
    try {
      for (const view of await serving.list()) await refresh(parts, view);
    } catch (error) {
      if (!signal.aborted) logger.warn({ error: String(error) }, 'gauges of quality and drift could not be brought up to date');
    }
    await pause(GATHER_MS, signal);
    await wake.pause(everyMs, signal);
  }
}

async function refresh({ monitors, metrics, windows, now }: Parts, view: DeploymentView): Promise<void> {
  const quality = await monitors.quality(view.name, rangeOf({}, now(), windows.qualityMs), {});
  const models = new Map(view.variants.map((v) => [v.role, v.model_name]));
  const gauges = {
    accuracy: metrics.gauge(specs.accuracy),
    precision_weighted: metrics.gauge(specs.precision),
    rmse: metrics.gauge(specs.rmse),
    n: metrics.gauge(specs.labelled),
  };
  for (const { version, role, metrics: values } of quality.versions) {
    const labels = { deployment: view.name, model: models.get(role) ?? '', version };
    for (const [name, gauge] of Object.entries(gauges)) {
      const value = values[name];
      if (typeof value === 'number') gauge.set(value, labels);
    }
  }
  const drift = await monitors.drift(view.name, { ...rangeOf({}, now(), windows.driftMs), methods: ['psi'], variant: 'primary' });
  if (drift.reference === null || drift.window.rows === 0) return;
  const psi = metrics.gauge(specs.drift);
  for (const [feature, scores] of Object.entries(drift.columns)) {
    const value = scores['psi']?.value;
    if (typeof value === 'number') psi.set(value, { deployment: view.name, feature });
  }
  metrics.gauge(specs.driftedShare).set(drift.share_drifted, { deployment: view.name });
}
