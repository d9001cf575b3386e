import type { Server } from 'node:net';
import type { HttpServer } from '#http/server.ts';
import type { Logger } from '#kernel/logger.ts';
import { backoffMs, pause } from '#kernel/retry.ts';
import { sharedSocket } from './sockets.ts';
import type { WorkerProcess } from './worker-process.ts';

/** Clients that keep an idle connection to a worker that leaves: how long it stays open. */
const LINGER_MS = 5000;
/** How long a worker that leaves may take for what it has begun to answer, at least: nobody is in a hurry. */
const MIN_GRACE_MS = 60_000;
const BACKOFF = { baseMs: 100, maxMs: 10_000 };
/** A worker that lived this long did not die of what it was started with. */
const STEADY_MS = 10_000;

export interface SeatParts {
  readonly index: number;
  readonly server: HttpServer;
  readonly host: string;
  readonly port: number;
  readonly graceMs: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Starts a worker that can take the socket at once. */
  readonly start: () => Promise<WorkerProcess>;
  readonly onRestart: (reason: 'died' | 'asked') => void;
}

/**
 * One listening socket of the port, and the worker that accepts from it. While there is no worker the main process accepts, so that nobody finds a closed
 * door; the socket itself travels from worker to worker.
 */
export class Seat {
  readonly #parts: SeatParts;
  #acceptor: Server | undefined;
  #worker: WorkerProcess | undefined;
  #work: Promise<unknown> = Promise.resolve();
  #attempt = 0;
  #wasFilled = false;
  restarts = 0;

  constructor(parts: SeatParts) {
    this.#parts = parts;
  }

  get worker(): WorkerProcess | undefined {
    return this.#worker;
  }

  get index(): number {
    return this.#parts.index;
  }

  /** Opens the socket here. @returns the port */
  async open(): Promise<number> {
    const { server, host, port } = this.#parts;
    this.#acceptor = await sharedSocket(host, port, (acceptor) => server.acceptors.add(acceptor));
    return (this.#acceptor.address() as { port: number }).port;
  }

  /** Resolves when a worker has the socket; tries until then. */
  fill(): Promise<void> {
    return this.#exclusive(() => this.#fill());
  }

  /** Puts a new worker in the place of the old one, which ends after what it has accepted. @throws when the new one cannot be started */
  replace(): Promise<void> {
    return this.#exclusive(async () => {
      const old = this.#worker;
      if (!old) return this.#fill();
      const { server, graceMs, start } = this.#parts;
      const next = await start();
      let acceptor: Server | undefined;
      try {
        acceptor = await old.give();
        server.acceptors.add(acceptor);
        await next.take(acceptor);
      } catch (error) {
        await next.kill();
        throw error;
      } finally {
        if (acceptor) server.hand(acceptor);
      }
      this.#seat(next, 'asked');
      await old.leave({ graceMs: Math.max(graceMs, MIN_GRACE_MS), lingerMs: LINGER_MS });
    });
  }

  async stop(): Promise<void> {
    await this.#work;
    await this.#worker?.leave({ graceMs: this.#parts.graceMs, lingerMs: 0 });
  }

  async #fill(): Promise<void> {
    const { server, logger, signal, start } = this.#parts;
    while (!signal.aborted && !this.#worker) {
      if (this.#wasFilled || this.#attempt > 0) await pause(backoffMs(this.#attempt, BACKOFF), signal);
      if (signal.aborted) return;
      let worker: WorkerProcess | undefined;
      try {
        if (!this.#acceptor) await this.open();
        worker = await start();
        const acceptor = this.#acceptor as Server;
        await worker.take(acceptor);
        this.#acceptor = undefined;
        server.hand(acceptor);
        this.#seat(worker, 'died');
      } catch (error) {
        await worker?.kill();
        this.#attempt++;
        if (!signal.aborted) logger.error({ seat: this.index, attempt: this.#attempt, error: String(error) }, 'a worker did not start');
      }
    }
  }

  #seat(worker: WorkerProcess, reason: 'died' | 'asked'): void {
    this.#worker = worker;
    if (this.#wasFilled) {
      this.restarts++;
      this.#parts.onRestart(reason);
    }
    this.#wasFilled = true;
    void this.#watch(worker);
  }

  async #watch(worker: WorkerProcess): Promise<void> {
    const seatedAt = performance.now();
    const how = await worker.exited;
    const { signal, logger } = this.#parts;
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    if (signal.aborted) return;
    if (performance.now() - seatedAt > STEADY_MS) this.#attempt = 0;
    else this.#attempt++;
    logger.error({ seat: this.index, pid: worker.pid, how }, 'a worker died; the main process answers for it until it is replaced');
    // The socket died with the worker: a new one takes its share at once.
    await this.open().catch((error) => logger.error({ seat: this.index, error: String(error) }, 'the port could not be opened again'));
    await this.fill();
  }

  #exclusive<R>(work: () => Promise<R>): Promise<R> {
    const run = this.#work.then(work, work);
    this.#work = run.catch(() => {});
    return run;
  }
}
