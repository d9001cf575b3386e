import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { MetricSpec, Metrics } from '#http/metrics.ts';

/** Metrics of the process, under the names of Prometheus' own client libraries where they mean the same. */
export const metrics = {
  cpu: { name: 'process_cpu_seconds_total', type: 'counter', help: 'User and system CPU time of this process, seconds.' },
  memory: { name: 'process_resident_memory_bytes', type: 'gauge', help: 'Resident memory of this process, bytes.' },
  started: { name: 'process_start_time_seconds', type: 'gauge', across: 'main', help: 'Start of this process, Unix seconds.' },
  heap: { name: 'nodejs_heap_size_used_bytes', type: 'gauge', help: 'JavaScript heap in use, bytes.' },
  loop: {
    name: 'nodejs_eventloop_lag_p99_seconds',
    type: 'gauge',
    help: '99th percentile of the main loop delay since the last scrape, seconds.',
    across: 'max',
  },
  loopMax: {
    name: 'nodejs_eventloop_lag_max_seconds',
    type: 'gauge',
    help: 'Longest delay of the main loop since the last scrape, seconds.',
    across: 'max',
  },
} as const satisfies Record<string, MetricSpec>;

/** Brings the process' own figures up to date at each scrape. */
export function programMetrics(registry: Metrics): void {
  const cpu = registry.counter(metrics.cpu);
  const memory = registry.gauge(metrics.memory);
  const heap = registry.gauge(metrics.heap);
  const loop = registry.gauge(metrics.loop);
  const loopMax = registry.gauge(metrics.loopMax);
  registry.gauge(metrics.started).set(Math.round(Date.now() / 1000 - process.uptime()));
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  registry.onScrape(() => {
    const usage = process.cpuUsage();
    cpu.set((usage.user + usage.system) / 1e6);
    const { rss, heapUsed } = process.memoryUsage();
    memory.set(rss);
    heap.set(heapUsed);
    // The timer's own resolution is not delay.
    loop.set(Math.max(0, delay.percentile(99) - 10e6) / 1e9);
    loopMax.set(Math.max(0, delay.max - 10e6) / 1e9);
    delay.reset();
  });
}
