import { existsSync, mkdirSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join, resolve } from 'node:path';
import type { DatabaseThread } from '#adapters/sqlite/thread.ts';
import type { GrpcOffer } from '#http/grpc/method.ts';
import type { Guard } from '#http/guard.ts';
import { Metrics } from '#http/metrics.ts';
import type { HttpServer } from '#http/server.ts';
import { type Clock, systemClock } from '#kernel/clock.ts';
import { Lifecycle } from '#kernel/lifecycle.ts';
import type { Logger } from '#kernel/logger.ts';
import { retry } from '#kernel/retry.ts';
import type { Databases, StoreHandle } from '#ports/database.ts';
import type { LogSource } from '#ports/event-log.ts';
import type { Component, Peers, Ports, RoleManifest, RunningRole } from '#roles/define-role.ts';
import { adapters } from './adapters.ts';
import { type HttpLimits, httpLimits } from './config/core.ts';
import type { Config } from './config/load.ts';
import { accessToken } from './config/token.ts';
import { takeFolder } from './data-folder.ts';
import { fail } from './errors.ts';
import { guardOf } from './guard.ts';
import { startOrder } from './order.ts';
import { remotePeer } from './remote/peers.ts';
import { relayTo } from './remote/relay.ts';
import { programMetrics } from './system/metrics.ts';
import { type RoleState, systemRoutes } from './system/routes.ts';
import { databaseComponent } from './system/stores.ts';
import { rolesOfTargets } from './targets.ts';
import { VERSION } from './version.ts';
import { workerCount } from './workers/count.ts';
import type { WorkerPool } from './workers/pool.ts';

/** Tries to reach a peer at start: with the back-off about two minutes. */
const PEER_ATTEMPTS = 60;

/** A running program. Two may run in one process: nothing is kept in modules. */
export interface Platform {
  readonly url: string;
  /** Begins to replace the serving workers one after the other; absent where the main process answers alone. */
  readonly restartWorkers?: () => void;
  stop(): Promise<void>;
}

export interface BootOptions {
  readonly config: Config;
  readonly roles: readonly RoleManifest[];
  readonly logger: Logger;
  readonly clock?: Clock;
  /** A thread for SQLite that was made before. */
  readonly databaseThread?: DatabaseThread | undefined;
}

/** Opens ports, starts roles in order and listens; a failure on the way stops what was started. */
export async function boot(options: BootOptions): Promise<Platform> {
  const lifecycle = new Lifecycle(options.logger);
  try {
    return await new Boot(options, lifecycle).run();
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

class Boot {
  readonly #options: BootOptions;
  readonly #lifecycle: Lifecycle;
  readonly #abort = new AbortController();
  readonly #metrics = new Metrics();
  readonly #ports = new Map<keyof Ports, Promise<unknown>>();
  readonly #running = new Map<string, RunningRole>();
  readonly #limits: HttpLimits;
  #workers: WorkerPool | undefined;
  #workerLogs: readonly LogSource[] = [];
  #url = '';
  #stores: readonly StoreHandle<object>[] = [];

  constructor(options: BootOptions, lifecycle: Lifecycle) {
    this.#options = options;
    this.#lifecycle = lifecycle;
    this.#limits = httpLimits(options.config.core);
  }

  async run(): Promise<Platform> {
    const { config, roles, logger } = this.#options;
    const { core } = config;
    const names = rolesOfTargets(
      core.target,
      roles.map((r) => r.name),
    );
    const local = startOrder(roles.filter((r) => names.has(r.name)));
    this.#lifecycle.add('data folder', takeFolder(core.data));
    const token = accessToken(core.http);
    const guard = guardOf(core, token);
    this.#stores = local.flatMap((role) => role.stores ?? []);
    // Its threads load while this one loads the server. What goes wrong is told to the first role that asks.
    if (local.some((role) => role.needs.includes('database'))) this.#port('database').catch(() => {});
    else void this.#options.databaseThread?.discard();
    const { HttpServer } = await import('#http/server.ts');
    for (const role of local) role.load().catch(() => {});
    const server = new HttpServer({ guard, logger, metrics: this.#metrics, ...this.#limits });
    programMetrics(this.#metrics);
    const states = local.map((role): RoleState => ({ name: role.name, state: 'starting', running: () => this.#running.get(role.name) }));
    this.#workers = await this.#openWorkers(names, token);
    const workers = this.#workers;
    server.add(
      systemRoutes({
        states,
        metrics: this.#metrics,
        routes: () => server.routes,
        url: () => this.#url,
        workers,
        components: () => this.#components(),
      }),
    );
    for (const [i, role] of local.entries()) {
      await this.#startRole(role, token);
      (states[i] as { state: string }).state = 'running';
    }
    for (const role of local) server.add(this.#running.get(role.name)?.routes ?? []);
    for (const role of local) {
      const { fast, direct } = this.#running.get(role.name) ?? {};
      if (fast) server.addFast(fast);
      if (direct) server.addDirect(direct);
    }
    for (const role of roles) {
      const url = core.peers[role.name];
      if (names.has(role.name) || url === undefined) continue;
      server.addFast(relayTo({ peer: role.name, url, prefixes: role.prefixes, except: pathsWithin(role, local), token }));
    }
    return this.#listen(server, guard, local);
  }

  async #listen(server: HttpServer, guard: Guard, local: readonly RoleManifest[]): Promise<Platform> {
    const { host, port, grace_ms } = this.#options.config.core.http;
    const replicas = this.#running.get('serving')?.replicas;
    try {
      const actual = this.#workers && replicas ? await this.#workers.listen(server, replicas) : await server.listen(host, port);
      this.#url = `http://${host.includes(':') ? `[${host}]` : host}:${actual}`;
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      if (code === 'EADDRINUSE') throw fail.portTaken({ host, port }, error);
      throw code === undefined ? error : fail.addressUnusable({ host, port, reason: message }, error);
    }
    this.#lifecycle.add('http', () => server.stop(grace_ms));
    const workers = this.#workers;
    if (workers) this.#lifecycle.add('workers', () => workers.stop());
    for (const role of local) await this.#listenGrpc(guard, this.#running.get(role.name)?.grpc);
    // First of all at a stop: background loops end while running requests are still answered.
    this.#lifecycle.add('background work', async () => this.#abort.abort());
    for (const role of local) this.#running.get(role.name)?.listening?.();
    const stop = (): Promise<void> => this.#lifecycle.stop();
    return { url: this.#url, stop, ...(workers ? { restartWorkers: () => workers.restart() } : {}) };
  }

  /** Several serving processes, where they are asked for; without them the logs that former ones left. */
  async #openWorkers(roles: ReadonlySet<string>, token: string | undefined): Promise<WorkerPool | undefined> {
    const { config, logger } = this.#options;
    const count = roles.has('serving') ? workerCount(config) : 1;
    if (count > 1 && !roles.has('events')) throw fail.workersNeedEvents({ missing: 'events' });
    if (count > 1) {
      const { WorkerPool } = await import('./workers/pool.ts');
      const pool = await WorkerPool.open({ count, config, token, logger, metrics: this.#metrics });
      this.#workerLogs = pool.logs;
      this.#lifecycle.add('worker logs', () => pool.close());
      return pool;
    }
    if (!roles.has('events') || !existsSync(join(resolve(config.core.data), 'workers'))) return undefined;
    const { keepSlotsRetained, openSlots } = await import('./workers/slots.ts');
    const slots = await openSlots(config, count, logger);
    this.#workerLogs = slots;
    void keepSlotsRetained(slots, config, { logger, signal: this.#abort.signal });
    this.#lifecycle.add('worker logs', async () => void (await Promise.all(slots.map((slot) => slot.close()))));
    return undefined;
  }

  /** A port that nobody chose may be taken: the product then answers without gRPC and says so. */
  async #listenGrpc(guard: Guard, offer: GrpcOffer | undefined): Promise<void> {
    if (!offer) return;
    const { config, logger } = this.#options;
    const { host, grace_ms } = config.core.http;
    const { port, isChosen, maxMessageBytes, methods, opened } = offer;
    const { startGrpc } = await import('#http/grpc/listen.ts');
    try {
      const workers = this.#workers;
      const shared = workers ? { handOver: (connection: Socket) => workers.connect(connection), alsoAt: workers.grpcSocket } : {};
      const server = await startGrpc({ host, port, maxMessageBytes, methods, guard, logger, ...this.#limits, ...shared });
      this.#lifecycle.add('grpc', () => server.stop(grace_ms));
      const address = `${host.includes(':') ? `[${host}]` : host}:${server.port}`;
      opened({ address });
      logger.info({ address }, 'gRPC answers');
    } catch (error) {
      if (isChosen) throw fail.grpcPortTaken({ host, port }, error);
      opened({ reason: `port ${port} is in use` });
      logger.warn({ host, port }, 'gRPC does not answer: its port is in use; choose another with TRAINYARD__SERVING__GRPC_PORT');
    }
  }

  async #startRole(role: RoleManifest, token: string | undefined): Promise<void> {
    const { config, logger, clock } = this.#options;
    const { start } = await role.load();
    const running = await start({
      config: config.roles[role.name] as never,
      ports: await this.#portsOf(role),
      peers: (await this.#peersOf(role, token)) as Peers,
      ask: async (peer) => (await this.#asked(role, peer, token)) as never,
      platform: { version: VERSION, dataDir: resolve(config.core.data), url: () => this.#url, workerLogs: this.#workerLogs },
      logger: logger.child({ role: role.name }),
      clock: clock ?? systemClock,
      metrics: this.#metrics,
      signal: this.#abort.signal,
    });
    this.#running.set(role.name, running);
    this.#lifecycle.add(role.name, () => running.stop());
  }

  async #components(): Promise<readonly Component[]> {
    const database = (await this.#ports.get('database')) as Databases | undefined;
    return database ? [await databaseComponent(database, this.#options.config.core)] : [];
  }

  async #portsOf(role: RoleManifest): Promise<Ports> {
    const entries = await Promise.all(role.needs.map(async (name) => [name, await this.#port(name)] as const));
    return Object.fromEntries(entries) as unknown as Ports;
  }

  #port(name: keyof Ports): Promise<unknown> {
    let port = this.#ports.get(name);
    if (!port) {
      const { config, logger } = this.#options;
      mkdirSync(resolve(config.core.data), { recursive: true });
      port = adapters[name](config.core, logger.child({ port: name }), {
        stores: this.#stores,
        databaseThread: this.#options.databaseThread,
      });
      this.#ports.set(name, port);
      void port.then(
        (opened) => this.#lifecycle.add(`port ${name}`, async () => (opened as { close?: () => Promise<void> }).close?.()),
        () => {},
      );
    }
    return port;
  }

  async #peersOf(role: RoleManifest, token: string | undefined): Promise<Partial<Peers>> {
    const { peers } = this.#options.config.core;
    const found: Record<string, unknown> = {};
    for (const peer of role.peers) {
      const here = this.#running.get(peer);
      const url = peers[peer];
      const api = here ? here.api : url === undefined ? undefined : await this.#remote(peer, url, token);
      if (api === undefined) throw fail.peerMissing({ role: role.name, peer });
      found[peer] = api;
    }
    return found as Partial<Peers>;
  }

  /** A role that another one asks in passing: wherever it runs by now, without an order between them. */
  async #asked(role: RoleManifest, peer: keyof Peers, token: string | undefined): Promise<unknown> {
    if (!role.asks?.includes(peer)) throw new Error(`the manifest of ${role.name} does not name ${peer} in 'asks'`);
    const url = this.#options.config.core.peers[peer];
    return this.#running.get(peer)?.api ?? (url === undefined ? undefined : remotePeer(peer, url, token));
  }

  /** Processes may start in any order: a peer that does not answer yet is waited for. */
  #remote(peer: keyof Peers, url: string, token: string | undefined): Promise<unknown> {
    const { logger } = this.#options;
    const work = async (attempt: number): Promise<unknown> => {
      if (attempt === 1) logger.info({ peer, url }, 'waiting for a peer');
      return remotePeer(peer, url, token);
    };
    return retry(work, { attempts: PEER_ATTEMPTS, baseMs: 100, maxMs: 4000, signal: this.#abort.signal });
  }
}

/** Paths that roles of this process answer below a path of a role that runs elsewhere. */
function pathsWithin(remote: RoleManifest, local: readonly RoleManifest[]): string[] {
  return local.flatMap(({ prefixes }) => prefixes.filter((path) => remote.prefixes.some((outer) => path.startsWith(`${outer}/`))));
}
