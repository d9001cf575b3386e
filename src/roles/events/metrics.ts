import type { MetricSpec } from '#http/metrics.ts';

export const metrics = {
  applied: { name: 'events_applied_total', type: 'counter', help: 'Events that a sink took from the log', labels: ['sink'] },
  dead: {
    name: 'events_dead_letters_total',
    type: 'counter',
    help: 'Events that can never be indexed, kept in the dead-letter table',
    labels: ['sink'],
  },
  lost: {
    name: 'events_retention_gap_total',
    type: 'counter',
    help: 'Events that retention removed before a sink took them',
    labels: ['sink'],
  },
  failures: {
    name: 'events_sink_failures_total',
    type: 'counter',
    help: 'Failed tries to hand events to a sink; each is tried again',
    labels: ['sink'],
  },
  lag: { name: 'events_sink_lag', type: 'gauge', help: 'Events in the log that a sink has not taken yet', labels: ['sink'] },
  logBytes: { name: 'events_log_bytes', type: 'gauge', help: 'Size of the local event log in bytes' },
  logRefusing: {
    name: 'events_log_refusing_since_seconds',
    type: 'gauge',
    help: 'Unix time since when the local event log takes no events, as on a full disk; 0 while it takes them',
    across: 'max',
  },
  feedback: {
    name: 'feedback_total',
    type: 'counter',
    help: 'Labels by what became of them: accepted, replaced, unchanged, unknown, invalid',
    labels: ['result'],
  },
} as const satisfies Record<string, MetricSpec>;
