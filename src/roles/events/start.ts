import type { ScalarCell } from '#http/metrics.ts';
import { bindRoutes } from '#http/route.ts';
import type { Analytics } from '#ports/analytics.ts';
import type { LogSource } from '#ports/event-log.ts';
import type { RoleContext, RunningRole } from '../define-role.ts';
import type { EventsApi, Sink } from './api.ts';
import { Feedback } from './feedback.ts';
import { metrics as specs } from './metrics.ts';
import { Pumps } from './pumps.ts';
import { ageOf, keepWithinLimits } from './retention.ts';
import type { EventsConfig } from './role.ts';
import { count, groups, list, series, summary } from './routes/aggregates.ts';
import { exportPredictions } from './routes/export.ts';
import { postFeedback } from './routes/feedback.ts';
import { onePrediction } from './routes/prediction.ts';
import { recent } from './routes/recent.ts';

type Context = RoleContext<EventsConfig, 'eventLog' | 'analytics', 'serving' | 'tracking'>;

const INDEX = 'index';

export async function start(context: Context): Promise<RunningRole<EventsApi>> {
  const { config, ports, peers, platform, clock, logger, metrics, signal } = context;
  const { eventLog, analytics } = ports;
  const stop = new AbortController();
  const pumps = new Pumps({
    sources: distinct([eventLog, peers.serving.log, ...platform.workerLogs]),
    metrics,
    logger,
    lingerMs: config.linger_ms,
    signal,
  });
  const dead = metrics.counter(specs.dead).at({ sink: INDEX });
  const index = indexSink({ analytics, dead, logger });
  const api: EventsApi = {
    append: async (events) => void (await eventLog.append(events)),
    attach: (sink) => pumps.attach(sink),
    indexed: (timeoutMs) => pumps.caughtUp(INDEX, timeoutMs),
    caughtUp: (sink, timeoutMs) => pumps.caughtUp(sink, timeoutMs),
    analytics,
  };
  pumps.attach(index);
  const logBytes = metrics.gauge(specs.logBytes);
  const refusing = metrics.gauge(specs.logRefusing);
  metrics.onScrape(() => {
    const { bytes, refusal } = eventLog.stats();
    logBytes.set(bytes);
    refusing.set((refusal?.sinceMs ?? 0) / 1000);
  });
  const retention = keepWithinLimits({
    log: eventLog,
    analytics,
    policy: { maxAgeMs: ageOf(config.max_age_days), maxBytes: config.max_bytes, indexMaxAgeMs: ageOf(config.index_max_age_days) },
    everyMs: config.retention_interval_ms,
    clock,
    logger,
    signal: AbortSignal.any([signal, stop.signal]),
  });
  const feedback = new Feedback({
    analytics,
    serving: peers.serving,
    append: api.append,
    indexed: api.indexed,
    clock,
    waitMs: config.feedback_wait_ms,
  });
  const deps = { analytics, tracking: peers.tracking, indexed: api.indexed, clock };
  return {
    api,
    routes: [
      ...bindRoutes(deps, [count, summary, series, groups, exportPredictions, onePrediction, list, recent]),
      ...bindRoutes({ feedback, results: metrics.counter(specs.feedback) }, [postFeedback]),
    ],
    components: () => [{ name: 'event index', kind: 'sink', ...stateOf(pumps) }],
    stop: async () => {
      stop.abort();
      await Promise.all([pumps.stop(), retention]);
    },
  };
}

function indexSink({ analytics, dead, logger }: Pick<Context, 'logger'> & { analytics: Analytics; dead: ScalarCell }): Sink {
  return {
    name: INDEX,
    position: (partition) => analytics.position(partition),
    apply: async (chunk) => {
      const result = await analytics.ingest(chunk);
      dead.value += result.dead;
      if (result.dead > 0)
        logger.warn({ dead: result.dead, partition: chunk.partition }, 'events that cannot be indexed went to the dead letters');
    },
  };
}

/** In one process serving writes to the very log that this role reads. */
function distinct(sources: readonly LogSource[]): LogSource[] {
  return [...new Map(sources.toReversed().map((source) => [source.partition, source])).values()];
}

function stateOf(pumps: Pumps): { readonly state: 'ok' | 'degraded'; readonly detail: string } {
  const lag = pumps.lags().get(INDEX) ?? 0;
  const failing = pumps.failing();
  if (failing.length > 0)
    return { state: 'degraded', detail: `${failing.join(', ')}: the last try failed and is repeated; ${lag} events wait in the log` };
  return { state: 'ok', detail: lag === 0 ? 'holds every event' : `${lag} events wait in the log` };
}
