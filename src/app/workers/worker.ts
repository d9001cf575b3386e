import type { IncomingMessage } from 'node:http';
import type { Server, Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { openSegmentLog } from '#adapters/segment-log/open.ts';
import { Metrics, type MetricsSnapshot } from '#http/metrics.ts';
import type { FastHandler } from '#http/route.ts';
import { HttpServer } from '#http/server.ts';
import { systemClock } from '#kernel/clock.ts';
import { Lifecycle } from '#kernel/lifecycle.ts';
import type { Logger } from '#kernel/logger.ts';
import type { EventLog, LogSource } from '#ports/event-log.ts';
import { metrics as eventMetrics } from '#roles/events/metrics.ts';
import { type Replica, startReplica } from '#roles/serving/replica.ts';
import { logRoutes } from '#roles/serving/routes/log.ts';
import type { StoredDeployment } from '#roles/serving/store.ts';
import { adapters } from '../adapters.ts';
import { httpLimits } from '../config/core.ts';
import type { Config } from '../config/load.ts';
import { takeFolder } from '../data-folder.ts';
import { guardOf } from '../guard.ts';
import { remotePeer } from '../remote/peers.ts';
import { relayToMain } from '../remote/relay.ts';
import { programMetrics } from '../system/metrics.ts';
import type { Begin } from './orders.ts';
import { keepRetained } from './retention.ts';
import { WorkerGrpc } from './worker-grpc.ts';

/** A serving worker that runs. */
export interface Worker {
  /** The listening socket that it accepts from. */
  readonly acceptor: Server | undefined;
  take(acceptor: Server): void;
  /** Answers the gRPC calls of a connection. */
  connect(connection: Socket): void;
  follow(state: unknown): Promise<void>;
  metrics(): MetricsSnapshot;
  report(): unknown;
  leave(how: { readonly graceMs: number; readonly lingerMs: number }): Promise<void>;
}

/** Opens the worker's log, loads what is deployed and answers the main process; connections come with `take`. */
export async function startWorker(begin: Begin, logger: Logger): Promise<Worker> {
  const { core } = begin.config;
  const lifecycle = new Lifecycle(logger);
  try {
    lifecycle.add('folder', takeFolder(begin.folder));
    const metrics = new Metrics();
    programMetrics(metrics);
    const log = await openSegmentLog({
      dir: join(begin.folder, 'events'),
      durability: core.event_log.durability,
      segmentBytes: core.event_log.segment_bytes,
      logger,
    });
    lifecycle.add('event log', () => log.close());
    const bytes = metrics.gauge(eventMetrics.logBytes);
    const refusing = metrics.gauge(eventMetrics.logRefusing);
    metrics.onScrape(() => {
      const { bytes: size, refusal } = log.stats();
      bytes.set(size);
      refusing.set((refusal?.sinceMs ?? 0) / 1000);
    });
    const abort = new AbortController();
    const replica = await replicaOf(begin, { log, logger, metrics, signal: abort.signal }, lifecycle);
    lifecycle.add('serving', () => replica.stop());
    lifecycle.add('background work', async () => abort.abort());
    void keepRetained([log], begin.config, { logger, signal: abort.signal });
    const limits = httpLimits(core);
    const server = new HttpServer({ guard: guardOf(core, begin.token), logger, metrics, ...limits });
    // The log's routes are the main process' alone: what came from the port is a prediction of this worker, or for the main process.
    const relay = relayToMain(begin.mainSocket);
    server.add(logRoutes(quietLog(log, abort.signal)));
    const isPublic = ({ socket }: IncomingMessage): boolean => server.acceptors.has(socket);
    server.addFast((req, ...rest) => isPublic(req) && replica.fast(req, ...rest));
    server.addFast(Object.assign((...[req, ...rest]: Parameters<FastHandler>) => isPublic(req) && relay(req, ...rest), { streams: true }));
    server.addDirect(replica.direct);
    await server.listenAt(begin.socket);
    return workerOf({ server, replica, metrics, lifecycle, abort, grpc: new WorkerGrpc(begin, replica, { logger, limits }) });
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

interface Parts {
  readonly server: HttpServer;
  readonly replica: Replica;
  readonly metrics: Metrics;
  readonly lifecycle: Lifecycle;
  readonly abort: AbortController;
  readonly grpc: WorkerGrpc;
}

function workerOf({ server, replica, metrics, lifecycle, abort, grpc }: Parts): Worker {
  let acceptor: Server | undefined;
  return {
    get acceptor() {
      return acceptor;
    },
    take: (given) => {
      acceptor = given;
      server.acceptors.add(given);
    },
    connect: (connection) => grpc.serve(connection),
    follow: (state) => replica.follow(state as StoredDeployment[]),
    metrics: () => metrics.snapshot(),
    report: () => replica.report(),
    leave: async ({ graceMs, lingerMs }) => {
      if (lingerMs > 0) await server.leave(lingerMs);
      // Ends the main process' wait for further events, which would hold the server open.
      abort.abort();
      await Promise.all([server.stop(graceMs), grpc.stop(graceMs)]);
      await lifecycle.stop();
    },
  };
}

interface Around {
  readonly log: EventLog;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
}

async function replicaOf(begin: Begin, { log, ...around }: Around, lifecycle: Lifecycle): Promise<Replica> {
  const { config, mainSocket, token, state } = begin;
  const inference = await adapters.inference(config.core, around.logger);
  lifecycle.add('inference', () => inference.close());
  const pythonModels = await adapters.pythonModels(config.core, around.logger);
  lifecycle.add('Python models', () => pythonModels.close());
  const tracing = await adapters.tracing(config.core, around.logger);
  lifecycle.add('traces', () => tracing.close());
  const main = `unix:${mainSocket}`;
  const [registry, artifacts] = await Promise.all([remotePeer('registry', main, token), remotePeer('artifacts', main, token)]);
  if (!registry || !artifacts) throw new Error('the main process has no registry to ask');
  const context = {
    config: config.roles['serving'] as never,
    ports: { eventLog: log, inference, pythonModels, tracing },
    peers: { registry, artifacts },
    keptIn: keptIn(config),
  };
  return startReplica({ ...context, ...around, clock: systemClock }, state as StoredDeployment[]);
}

/** The main process' own copies of what is deployed (roles/serving/cache). */
function keptIn({ core, roles }: Config): string | undefined {
  return (roles['serving'] as { cache_bytes: number }).cache_bytes === 0 ? undefined : join(resolve(core.data), 'serving');
}

/** The log whose waits end with the worker. */
function quietLog(log: EventLog, signal: AbortSignal): LogSource {
  return {
    partition: log.partition,
    head: () => log.head(),
    tail: () => log.tail(),
    read: (from, maxBytes) => log.read(from, maxBytes),
    acknowledge: (sink, offset) => log.acknowledge(sink, offset),
    waitFor: (offset, asked) => log.waitFor(offset, AbortSignal.any([asked, signal])),
  };
}
