import type { MetricSpec } from '#http/metrics.ts';

export const metrics = {
  workers: { name: 'serving_workers', type: 'gauge', help: 'Serving workers that answer on the port at this moment.' },
  restarts: {
    name: 'serving_worker_restarts_total',
    type: 'counter',
    help: 'Serving workers that were replaced, by reason: `died`, or `asked` for a rolling restart.',
    labels: ['reason'],
  },
} as const satisfies Record<string, MetricSpec>;
