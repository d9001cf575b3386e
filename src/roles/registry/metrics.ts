import type { MetricSpec } from '#http/metrics.ts';

export const metrics = {
  deliveries: {
    name: 'webhook_deliveries_total',
    type: 'counter',
    help: 'Webhook deliveries that ended, by outcome: delivered, failed',
    labels: ['outcome'],
  },
  waiting: { name: 'webhook_deliveries_waiting', type: 'gauge', help: 'Webhook deliveries that wait in the queue of this process' },
} as const satisfies Record<string, MetricSpec>;
