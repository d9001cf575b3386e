import type { FastifyInstance } from 'fastify';
import { type MetricSpec, type Metrics, SECONDS_BUCKETS } from './metrics.ts';

/** Metrics of every request, under the names that dashboards of FastAPI services use (features.md §1.1 and §1.3). */
export const metrics = {
  requests: {
    name: 'http_requests_total',
    type: 'counter',
    help: 'Requests by method, status class and route.',
    labels: ['method', 'status', 'handler'],
  },
  duration: {
    name: 'http_request_duration_seconds',
    type: 'histogram',
    help: 'Time to answer by method and route.',
    labels: ['method', 'handler'],
    buckets: SECONDS_BUCKETS,
  },
} as const satisfies Record<string, MetricSpec>;

/** Counts the requests that the framework routes; prediction routes count their own. */
export function requestMetrics(app: FastifyInstance, registry: Metrics): void {
  const requests = registry.counter(metrics.requests);
  const duration = registry.histogram(metrics.duration);
  app.addHook('onResponse', (request, reply, done) => {
    const handler = request.routeOptions.url ?? 'none';
    const labels = { method: request.method, handler };
    requests.inc(1, { ...labels, status: `${Math.floor(reply.statusCode / 100)}xx` });
    duration.observe(reply.elapsedTime / 1000, labels);
    done();
  });
}
