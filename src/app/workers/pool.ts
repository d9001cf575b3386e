import type { Socket } from 'node:net';
import { join } from 'node:path';
import { addedUp, type Metrics, type MetricsSnapshot } from '#http/metrics.ts';
import type { HttpServer } from '#http/server.ts';
import type { Logger } from '#kernel/logger.ts';
import { pause } from '#kernel/retry.ts';
import type { LogSource } from '#ports/event-log.ts';
import type { Component, ReplicaOffer } from '#roles/define-role.ts';
import { metrics as eventMetrics } from '#roles/events/metrics.ts';
import type { Config } from '../config/load.ts';
import { remotePeer } from '../remote/peers.ts';
import { metrics as specs } from './metrics.ts';
import { Seat } from './seat.ts';
import type { Slot } from './slot.ts';
import { keepSlotsRetained, openSlots, workersFolder } from './slots.ts';
import { checkPortIsFree, socketFolder } from './sockets.ts';
import { WorkerProcess } from './worker-process.ts';

/** How long the answer to a change waits for a worker to follow it. */
const FOLLOW_MS = 10_000;
/** How often the counts of workers are fetched without a scrape: what a killed worker counted since is lost to the metrics page. */
const COUNT_MS = 2000;
/** A worker that answers nothing for so long is taken for dead. */
const HANG_MS = 15_000;
/** At the start the program is ready when every worker is, or after this: the main process answers too. */
const READY_MS = 5000;

export interface PoolParts {
  readonly count: number;
  readonly config: Config;
  readonly token: string | undefined;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** A worker as /api/v1/status tells of it. */
export interface WorkerView {
  readonly seat: number;
  readonly state: 'running' | 'starting';
  readonly pid: number | null;
  readonly started_at: string | null;
  readonly restarts: number;
  readonly event_log: string | null;
}

/** How the last rolling restart goes or went. */
export interface RestartState {
  readonly state: 'none' | 'running' | 'done' | 'failed';
  readonly error: string | null;
}

/** The serving workers of a program: their logs, their sockets, their lives. */
export class WorkerPool {
  readonly logs: readonly LogSource[];
  readonly #parts: PoolParts;
  readonly #slots: readonly Slot[];
  readonly #sockets: ReturnType<typeof socketFolder>;
  readonly #stop = new AbortController();
  readonly #alive = new Map<WorkerProcess, Slot>();
  readonly #burials = new Set<Promise<void>>();
  /** Workers that are told of changes. */
  readonly #following = new Set<WorkerProcess>();
  #seats: readonly Seat[] = [];
  #departed: MetricsSnapshot = [];
  #replicas!: ReplicaOffer;
  #restart: RestartState = { state: 'none', error: null };
  #named = 0;
  #turn = 0;

  private constructor(parts: PoolParts, slots: readonly Slot[], sockets: ReturnType<typeof socketFolder>) {
    this.#parts = parts;
    this.#slots = slots;
    this.#sockets = sockets;
    this.logs = slots;
  }

  static async open(parts: PoolParts): Promise<WorkerPool> {
    const slots = await openSlots(parts.config, parts.count, parts.logger);
    return new WorkerPool(parts, slots, socketFolder(workersFolder(parts.config)));
  }

  /** Takes the port, starts the workers and shares it with them. @returns the port */
  async listen(server: HttpServer, replicas: ReplicaOffer): Promise<number> {
    const { count, config, metrics, logger } = this.#parts;
    const { host, port, grace_ms: graceMs } = config.core.http;
    this.#replicas = replicas;
    replicas.onChange(() => this.#followAll());
    replicas.onReport(async () => {
      const reports = await Promise.all([...this.#following].map((worker) => worker.report()));
      return reports.filter((report) => report !== undefined);
    });
    await checkPortIsFree(host, port);
    await server.listenAt(this.#mainSocket);
    const restarts = metrics.counter(specs.restarts);
    const shared = { server, host, graceMs, logger, signal: this.#stop.signal, start: () => this.#start() };
    const seatAt = (index: number, at: number): Seat =>
      new Seat({ ...shared, index, port: at, onRestart: (reason) => restarts.inc(1, { reason }) });
    const first = seatAt(1, port);
    const actual = await first.open();
    this.#seats = [first, ...Array.from({ length: count - 1 }, (_, i) => seatAt(i + 2, actual))];
    for (const seat of this.#seats.slice(1)) await seat.open();
    const running = metrics.gauge(specs.workers);
    metrics.onScrape(() => running.set(this.#seats.filter((seat) => seat.worker).length));
    void this.#count();
    void keepSlotsRetained(this.#slots, config, { logger, signal: this.#stop.signal });
    const ready = new AbortController();
    await Promise.race([Promise.all(this.#seats.map((seat) => seat.fill())), pause(READY_MS, ready.signal)]);
    ready.abort();
    return actual;
  }

  /** Begins to replace every worker, one after the other; no request fails by it. While that goes on another call changes nothing. */
  restart(): void {
    if (this.#restart.state === 'running') return;
    this.#restart = { state: 'running', error: null };
    const { logger } = this.#parts;
    void this.#restartAll().then(
      () => {
        this.#restart = { state: 'done', error: null };
      },
      (error: Error) => {
        this.#restart = { state: 'failed', error: error.message };
        logger.error({ error: error.message }, 'the workers were not all replaced; the ones before go on');
      },
    );
  }

  get restartState(): RestartState {
    return this.#restart;
  }

  /** What the workers have counted, those that have ended included. */
  async counted(): Promise<MetricsSnapshot[]> {
    const living = [...this.#alive.keys()];
    await Promise.all(living.map((worker) => worker.metrics()));
    const bytes = this.#slots.reduce((sum, { own }) => sum + (own?.stats().bytes ?? 0), 0);
    const idle: MetricsSnapshot = [{ spec: eventMetrics.logBytes, cells: [{ labels: {}, value: bytes }] }];
    return [idle, this.#departed, ...[...this.#alive.keys()].map((worker) => worker.lastMetrics)];
  }

  component(): Component {
    const running = this.#seats.filter((seat) => seat.worker).length;
    const isWhole = running === this.#seats.length;
    const detail = `${running} of ${this.#seats.length} answer${isWhole ? '' : '; the main process stands in'}`;
    const about = { name: 'serving workers', kind: 'workers' };
    const [refusing] = this.unready();
    if (refusing !== undefined) return { ...about, state: 'down', detail: `${detail}; ${refusing}` };
    return { ...about, state: isWhole ? 'ok' : 'degraded', detail };
  }

  /** Why workers refuse what they are asked, as far as they told: each has an event log of its own, and answers nothing without it. */
  unready(): string[] {
    const seated = this.#seats.flatMap(({ worker }) => (worker ? [worker] : []));
    const since = seated.map((worker) => gaugeOf(worker.lastMetrics, eventMetrics.logRefusing)).filter((seconds) => seconds > 0);
    if (since.length === 0) return [];
    const from = new Date(1000 * Math.min(...since)).toISOString();
    return [`the event logs of ${since.length} of ${seated.length} workers take no events since ${from}, so their predictions are refused`];
  }

  views(): WorkerView[] {
    return this.#seats.map((seat) => {
      const { worker, index, restarts } = seat;
      const slot = worker && this.#alive.get(worker);
      return {
        seat: index,
        state: worker ? 'running' : 'starting',
        pid: worker?.pid ?? null,
        started_at: worker?.startedAt ?? null,
        restarts,
        event_log: slot?.partition ?? null,
      };
    });
  }

  /** Ends the workers after what they are answering. */
  async stop(): Promise<void> {
    this.#stop.abort();
    const { grace_ms: graceMs } = this.#parts.config.core.http;
    const seated = new Set(this.#seats.map((seat) => seat.worker));
    const others = [...this.#alive.keys()].filter((worker) => !seated.has(worker));
    for (const worker of others) if (!worker.isLeaving) void worker.kill();
    const late = setTimeout(() => others.forEach((worker) => void worker.kill()), graceMs);
    await Promise.all(this.#seats.map((seat) => seat.stop()));
    clearTimeout(late);
  }

  /** Closes the logs, once nobody reads them any more. */
  async close(): Promise<void> {
    await Promise.all(this.#slots.map((slot) => slot.close()));
    this.#sockets.remove();
  }

  /** Where the main process answers gRPC calls that workers leave to it. */
  get grpcSocket(): string {
    return join(this.#sockets.path, 'grpc');
  }

  /** Gives a connection for gRPC to the worker whose turn it is; false where none is there. */
  connect(connection: Socket): boolean {
    for (let i = 0; i < this.#seats.length; i++) {
      const { worker } = this.#seats[this.#turn++ % this.#seats.length] as Seat;
      if (!worker || worker.isLeaving) continue;
      worker.connect(connection);
      return true;
    }
    return false;
  }

  get #mainSocket(): string {
    return join(this.#sockets.path, 'main');
  }

  async #restartAll(): Promise<void> {
    const { logger } = this.#parts;
    for (const seat of this.#seats) {
      await seat.replace();
      logger.info({ seat: seat.index, pid: seat.worker?.pid ?? null }, 'a worker was replaced');
    }
  }

  /** A worker that has everything but connections. */
  async #start(): Promise<WorkerProcess> {
    const slot = await this.#freeSlot();
    const worker = new WorkerProcess();
    this.#alive.set(worker, slot);
    const begun = this.#begin(worker, slot);
    const burial = this.#bury(worker, slot, begun);
    this.#burials.add(burial);
    void burial.then(() => this.#burials.delete(burial));
    try {
      await begun;
      return worker;
    } catch (error) {
      await worker.kill();
      throw error;
    }
  }

  /** There is one more than there are workers; the log of one that has just ended may still be being opened. */
  async #freeSlot(): Promise<Slot> {
    for (;;) {
      if (this.#stop.signal.aborted) throw new Error('the program is stopping');
      const slot = this.#slots.find((s) => !s.isTaken);
      if (slot) {
        slot.isTaken = true;
        return slot;
      }
      if (this.#burials.size === 0) throw new Error('every worker log is in use');
      await Promise.race(this.#burials);
    }
  }

  async #begin(worker: WorkerProcess, slot: Slot): Promise<void> {
    const { config, token } = this.#parts;
    await worker.prepared();
    await slot.lend();
    const socket = join(this.#sockets.path, `worker-${++this.#named}`);
    const main = { mainSocket: this.#mainSocket, mainGrpcSocket: this.grpcSocket };
    await worker.begin({ config, token, folder: slot.folder, socket, ...main, state: await this.#replicas.state() });
    const peer = await remotePeer('serving', `unix:${socket}`, token);
    if (!peer) throw new Error('the worker has no log');
    slot.attach(peer.log);
    this.#following.add(worker);
    // What changed since it began; from here on it is told.
    await worker.follow(await this.#replicas.state(), FOLLOW_MS);
  }

  /** What a worker leaves: its counts, and its log, which is read to the end here. */
  async #bury(worker: WorkerProcess, slot: Slot, begun: Promise<void>): Promise<void> {
    await worker.exited;
    this.#alive.delete(worker);
    this.#following.delete(worker);
    this.#departed = addedUp([this.#departed, worker.lastMetrics]);
    await begun.catch(() => {});
    try {
      if (!this.#stop.signal.aborted) await slot.recover();
      slot.isTaken = false;
    } catch (error) {
      const { logger } = this.#parts;
      logger.error(
        { folder: slot.folder, error: String(error) },
        'the log of a worker cannot be opened; its events wait for the next start',
      );
    }
  }

  /** Never rejects: a change is not undone because somebody did not hear of it in time. */
  async #followAll(): Promise<void> {
    const { logger } = this.#parts;
    const state = await this.#replicas.state().catch((error: Error) => {
      logger.warn({ error: error.message }, 'the deployments cannot be read; the workers go on with those that they know');
    });
    if (state === undefined) return;
    const warn = (worker: WorkerProcess) => (error: Error) =>
      logger.warn({ pid: worker.pid, error: error.message }, 'a worker did not follow a change in time');
    const staying = [...this.#following].filter((worker) => !worker.isLeaving);
    await Promise.all(staying.map((worker) => worker.follow(state, FOLLOW_MS).catch(warn(worker))));
  }

  #giveUp(worker: WorkerProcess): void {
    this.#parts.logger.error({ pid: worker.pid, silent_ms: Math.round(worker.silentMs) }, 'a worker does not answer and is ended');
    void worker.kill();
  }

  async #count(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await pause(COUNT_MS, signal);
      await Promise.all([...this.#following].map((worker) => worker.metrics()));
      for (const worker of this.#following) if (worker.silentMs > HANG_MS) this.#giveUp(worker);
    }
  }
}

/** A gauge without labels; 0 where it is not there. */
function gaugeOf(snapshot: MetricsSnapshot, { name }: { readonly name: string }): number {
  const [cell] = snapshot.find(({ spec }) => spec.name === name)?.cells ?? [];
  return cell !== undefined && 'value' in cell ? cell.value : 0;
}
