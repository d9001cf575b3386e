import { join } from 'node:path';
import { bindRoutes } from '#http/route.ts';
import type { Logger } from '#kernel/logger.ts';
import { pause } from '#kernel/retry.ts';
import { onceReachable, type Remote } from '#ports/database.ts';
import type { RoleContext, RunningRole } from '../define-role.ts';
import type { MonitoringApi } from './api.ts';
import { MonitoringSink } from './fold/sink.ts';
import { keepGauges, Wake } from './gauges.ts';
import { metrics as specs } from './metrics.ts';
import { Monitors } from './monitors.ts';
import { chooseReference } from './reference/recount.ts';
import { References } from './reference/references.ts';
import type { MonitoringConfig } from './role.ts';
import { drift, driftHistory } from './routes/drift.ts';
import { overview } from './routes/overview.ts';
import { quality } from './routes/quality.ts';
import { deleteReference, getReference, putReference } from './routes/reference.ts';
import { shadow } from './routes/shadow.ts';
import type { MonitoringStore } from './store.ts';
import { monitoringStore } from './stores.ts';
import { rangeOf } from './time-range.ts';

type Context = RoleContext<MonitoringConfig, 'database' | 'tables', 'events' | 'serving' | 'registry' | 'artifacts'>;

const DAY_MS = 86_400_000;
const PRUNE_MS = 3_600_000;

export async function start(context: Context): Promise<RunningRole<MonitoringApi>> {
  const { config, ports, peers, platform, logger, clock, metrics } = context;
  const { events, serving, registry, artifacts } = peers;
  const store = await ports.database.open(monitoringStore);
  const references = new References({ store, registry, artifacts, collectRows: config.reference_rows, clock, logger });
  const wake = new Wake();
  const sink = new MonitoringSink({ store, references, folded: metrics.counter(specs.folded), onLabels: () => wake.now() });
  const monitors = new Monitors({
    store,
    references,
    events,
    serving,
    limits: limitsOf(config),
    collectRows: config.reference_rows,
    minuteDays: config.minute_days,
    clock,
  });
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const loops: Promise<void>[] = [];
  const api = apiOf(monitors, () => clock.now());
  const deps = {
    monitors,
    references,
    serving,
    analytics: events.analytics,
    indexed: (timeoutMs: number) => events.indexed(timeoutMs),
    tables: ports.tables,
    choose: (change: Parameters<typeof chooseReference>[1]) =>
      chooseReference({ store, references, sink, events, rows: config.recount_rows, clock }, change),
    unchoose: async (deployment: string) => {
      await store.clearOverride(deployment);
      references.clearOverride(deployment);
    },
    config,
    dir: join(platform.dataDir, 'monitoring'),
    clock,
  };
  // Rows that came before the deployments' own references are known would be counted over others: they wait in the log.
  await onceReachable(async () => {
    await references.load();
    events.attach(sink);
  }, context);
  return {
    api,
    routes: bindRoutes(deps, [overview, drift, driftHistory, quality, shadow, getReference, putReference, deleteReference]),
    listening: () => {
      const windows = { driftMs: config.drift_window_ms, qualityMs: config.quality_window_ms };
      loops.push(
        keepGauges({ monitors, serving, metrics, windows, everyMs: config.refresh_ms, now: () => clock.now(), logger, signal, wake }),
      );
      loops.push(keepPruned({ store, config, now: () => clock.now(), logger, signal }));
    },
    stop: async () => {
      stop.abort();
      await Promise.all([...loops, sink.close()]);
    },
  };
}

function limitsOf(config: MonitoringConfig) {
  return { psi: config.psi_threshold, distance: config.distance_threshold, minRows: config.min_rows, missing: config.missing_threshold };
}

function apiOf(monitors: Monitors, now: () => number): MonitoringApi {
  return {
    quality: async (deployment, windowMs) => {
      const { realised } = await monitors.quality(deployment, rangeOf({}, now(), windowMs), {});
      const { n, ...rest } = realised;
      return {
        n: n ?? 0,
        metrics: Object.fromEntries(Object.entries(rest).filter((entry): entry is [string, number] => entry[1] !== null)),
      };
    },
    drift: (deployment, windowMs) => monitors.drift(deployment, { ...rangeOf({}, now(), windowMs), methods: ['psi'], variant: 'primary' }),
  };
}

interface Pruning {
  readonly store: Remote<MonitoringStore>;
  readonly config: MonitoringConfig;
  readonly now: () => number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

async function keepPruned({ store, config, now, logger, signal }: Pruning): Promise<void> {
  for (;;) {
    await pause(PRUNE_MS, signal);
    if (signal.aborted) return;
    await store.prune(now() - config.minute_days * DAY_MS, now() - config.hour_days * DAY_MS).catch((error: unknown) => {
      logger.warn({ error: String(error) }, 'old windows could not be removed; tried again in an hour');
    });
  }
}
