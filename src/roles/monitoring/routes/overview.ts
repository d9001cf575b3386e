import { MonitorsAnswer, MonitorsQuery } from '#contract/http/platform/monitoring.ts';
import { defineRoute } from '#http/route.ts';
import { lineOf } from '../overview.ts';
import { iso, rangeOf } from '../time-range.ts';
import type { MonitorDeps } from './deps.ts';

const HOUR_MS = 3_600_000;

/** GET /api/v1/monitors */
export const overview = defineRoute<MonitorDeps>()({
  method: 'GET',
  path: '/api/v1/monitors',
  summary: 'How every deployment is doing, one line each',
  access: 'viewer',
  tag: 'monitors',
  input: MonitorsQuery,
  answer: MonitorsAnswer,
  async handle({ monitors, serving, analytics, config, clock }, given) {
    const range = rangeOf(given, clock.now(), HOUR_MS);
    const parts = { monitors, analytics, driftWindowMs: config.drift_window_ms, qualityWindowMs: config.quality_window_ms };
    const items = await Promise.all((await serving.list()).map((view) => lineOf(parts, view, range)));
    return { items, next_cursor: null, window: { from: iso(range.fromMs), to: iso(range.toMs) } };
  },
});
