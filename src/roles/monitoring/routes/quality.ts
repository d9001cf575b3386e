import { QualityAnswer, QualityQuery } from '#contract/http/platform/monitoring.ts';
import { defineRoute } from '#http/route.ts';
import { rangeOf } from '../time-range.ts';
import type { MonitorDeps } from './deps.ts';

/** GET /api/v1/monitors/:deployment/quality */
export const quality = defineRoute<MonitorDeps>()({
  method: 'GET',
  path: '/api/v1/monitors/:deployment/quality',
  summary: 'Realised quality by version and over time',
  access: 'viewer',
  tag: 'monitors',
  input: QualityQuery,
  answer: QualityAnswer,
  handle({ monitors, config, clock }, { deployment, from, to, version, by }) {
    const range = rangeOf({ from, to }, clock.now(), config.quality_window_ms);
    return monitors.quality(deployment, range, { version, series: by === 'window' });
  },
});
