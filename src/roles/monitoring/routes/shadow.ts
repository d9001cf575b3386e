import { ShadowAnswer, ShadowQuery } from '#contract/http/platform/monitoring.ts';
import { defineRoute } from '#http/route.ts';
import { rangeOf } from '../time-range.ts';
import type { MonitorDeps } from './deps.ts';

/** GET /api/v1/monitors/:deployment/shadow */
export const shadow = defineRoute<MonitorDeps>()({
  method: 'GET',
  path: '/api/v1/monitors/:deployment/shadow',
  summary: 'Production against shadow on the same rows',
  access: 'viewer',
  tag: 'monitors',
  input: ShadowQuery,
  answer: ShadowAnswer,
  handle: ({ monitors, config, clock }, { deployment, from, to }) =>
    monitors.shadow(deployment, rangeOf({ from, to }, clock.now(), config.quality_window_ms)),
});
