import type { z } from 'zod';
import type { MonitorLine } from '#contract/http/platform/monitoring.ts';
import type { EventsApi } from '../events/api.ts';
import type { DeploymentView } from '../serving/api.ts';
import type { Monitors } from './monitors.ts';
import { metricsOf, positiveClass, taskOf } from './quality.ts';
import { pairOf } from './shadow.ts';
import type { TimeRange } from './time-range.ts';

type Line = z.infer<typeof MonitorLine>;

export interface OverviewParts {
  readonly monitors: Monitors;
  readonly analytics: EventsApi['analytics'];
  readonly driftWindowMs: number;
  readonly qualityWindowMs: number;
}

/** One line of the overview: traffic over the range, quality and drift over their own windows, which are longer. */
export async function lineOf(parts: OverviewParts, view: DeploymentView, range: TimeRange): Promise<Line> {
  const { analytics, monitors, driftWindowMs, qualityWindowMs } = parts;
  const since = (widthMs: number): TimeRange => ({ fromMs: Math.min(range.fromMs, range.toMs - widthMs), toMs: range.toMs });
  const answered = { deployment: view.name, role: 'primary' } as const;
  const [figures, cells, drift, pairs] = await Promise.all([
    analytics.summary({ ...answered, ...range }),
    analytics.quality({ ...answered, ...since(qualityWindowMs) }),
    monitors.drift(view.name, { ...since(driftWindowMs), methods: ['psi'], variant: 'primary' }),
    analytics.pairs({ deployment: view.name, ...since(driftWindowMs) }),
  ]);
  const primary = view.variants.find((v) => v.role === 'primary');
  return {
    deployment: view.name,
    is_default: view.is_default,
    model: primary?.model_name ?? null,
    version: primary?.version ?? null,
    state: primary?.state ?? 'failed',
    rows: figures.count,
    rate_per_s: figures.count / ((range.toMs - range.fromMs) / 1000),
    errors: figures.errors,
    p95_ms: figures.p95_ms,
    quality: qualityOf(cells, view),
    drift: drift.reference === null ? null : driftOf(drift),
    reference: drift.reference?.source ?? null,
    shadow: shadowOf(pairs, view),
  };
}

function qualityOf(cells: Awaited<ReturnType<EventsApi['analytics']['quality']>>, view: DeploymentView): Line['quality'] {
  if (cells.length === 0) return null;
  const metrics = metricsOf(cells, positiveClass(view.schema?.classes));
  const metric = taskOf(cells) === 'regression' ? 'rmse' : 'accuracy';
  return { metric, value: metrics[metric] ?? null, n: metrics['n'] ?? 0 };
}

function driftOf({ columns, share_drifted, window }: Awaited<ReturnType<Monitors['drift']>>): Line['drift'] {
  let [max_psi, column]: [number | null, string | null] = [null, null];
  for (const [name, scores] of Object.entries(columns)) {
    const value = scores['psi']?.value ?? null;
    if (value !== null && (max_psi === null || value > max_psi)) [max_psi, column] = [value, name];
  }
  return { max_psi, column, share_drifted, n: window.rows };
}

function shadowOf(pairs: Awaited<ReturnType<EventsApi['analytics']['pairs']>>, view: DeploymentView): Line['shadow'] {
  const live = view.variants.find((v) => v.role === 'shadow')?.version;
  const figures = pairs.find((pair) => pair.shadow_version === live);
  if (figures === undefined) return null;
  const { shadow_version, n, agreement } = pairOf(figures);
  return { version: shadow_version, n, agreement };
}
