import { DriftAnswer, DriftHistory, DriftHistoryQuery, DriftQuery } from '#contract/http/platform/monitoring.ts';
import { defineRoute } from '#http/route.ts';
import { methodsOf } from '../drift/report.ts';
import { rangeOf } from '../time-range.ts';
import type { MonitorDeps } from './deps.ts';

/** GET /api/v1/monitors/:deployment/drift */
export const drift = defineRoute<MonitorDeps>()({
  method: 'GET',
  path: '/api/v1/monitors/:deployment/drift',
  summary: 'Drift of every feature and of the prediction against the reference',
  access: 'viewer',
  tag: 'monitors',
  input: DriftQuery,
  answer: DriftAnswer,
  handle({ monitors, config, clock }, { deployment, from, to, methods, version, variant }) {
    const range = rangeOf({ from, to }, clock.now(), config.drift_window_ms);
    return monitors.drift(deployment, { ...range, methods: methodsOf(methods), version, variant });
  },
});

/** GET /api/v1/monitors/:deployment/drift/:column */
export const driftHistory = defineRoute<MonitorDeps>()({
  method: 'GET',
  path: '/api/v1/monitors/:deployment/drift/:column',
  summary: 'Drift of one column over time',
  access: 'viewer',
  tag: 'monitors',
  input: DriftHistoryQuery,
  answer: DriftHistory,
  async handle({ monitors, config, clock }, { deployment, column, from, to, by, version }) {
    const range = rangeOf({ from, to }, clock.now(), config.drift_window_ms);
    return { column, points: await monitors.history(deployment, column, { ...range, methods: ['psi'], variant: 'primary', version, by }) };
  },
});
