import { type ChildProcess, fork } from 'node:child_process';
import type { Server, Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { MetricsSnapshot } from '#http/metrics.ts';
import type { Begin, Order, WorkerMessage } from './orders.ts';

const PROGRAM = fileURLToPath(new URL('./worker-main.ts', import.meta.url));
/** How long a worker may take to load its code, and to load the models and its log. */
const PREPARE_MS = 30_000;
const BEGIN_MS = 120_000;
const TAKE_MS = 10_000;
const METRICS_MS = 1000;
/** Over and above what a worker may take to end. */
const END_SLACK_MS = 5000;

interface Answer {
  readonly handle: Server | undefined;
  readonly report: unknown;
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** A worker as the main process holds it. */
export class WorkerProcess {
  readonly startedAt = new Date().toISOString();
  /** Resolves when the process is gone, whatever ended it. */
  readonly exited: Promise<string>;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #prepared: Promise<void>;
  #next = 1;
  #gone = false;
  #answeredAt = performance.now();
  #isLeaving = false;
  /** What it had counted when it was last asked. */
  lastMetrics: MetricsSnapshot = [];

  constructor() {
    this.#child = fork(PROGRAM, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.exited = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#gone = true;
        for (const waiting of this.#waiting.values()) waiting.reject(new Error(`the worker ended (${how})`));
        this.#waiting.clear();
        resolve(how);
      };
      this.#child.once('exit', (code, signal) => end(signal ?? `code ${code}`));
      this.#child.once('error', (error) => end(error.message));
    });
    this.#prepared = new Promise((resolve, reject) => {
      this.#child.on('message', (message: WorkerMessage, handle) => {
        this.#answeredAt = performance.now();
        if (message.kind === 'prepared') resolve();
        else this.#settle(message, handle as Server | undefined);
      });
      void this.exited.then((how) => reject(new Error(`the worker ended (${how}) before it had begun`)));
    });
    this.#prepared.catch(() => {});
  }

  /** How long it has said nothing, milliseconds. */
  get silentMs(): number {
    return performance.now() - this.#answeredAt;
  }

  /** Whether it was told to end, and is answering what it has begun. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Resolves when its code is loaded: what follows is quick. */
  prepared(): Promise<void> {
    return within(this.#prepared, PREPARE_MS);
  }

  async begin(begin: Omit<Begin, 'kind'>): Promise<void> {
    await this.#ask({ kind: 'begin', ...begin }, BEGIN_MS);
  }

  /** Lets the worker accept from a listening socket, which stays open here too. */
  async take(acceptor: Server): Promise<void> {
    await this.#ask({ kind: 'take' }, TAKE_MS, acceptor);
  }

  /** Gives a connection for gRPC away, of which nothing was read yet. */
  connect(connection: Socket): void {
    this.#ask({ kind: 'connect' }, TAKE_MS, connection).catch(() => connection.destroy());
  }

  /** The worker's listening socket: it is accepted from here at once, and there until it leaves. */
  async give(): Promise<Server> {
    const { handle } = await this.#ask({ kind: 'give' }, TAKE_MS);
    if (!handle) throw new Error('the worker has no listening socket');
    return handle;
  }

  async follow(state: unknown, withinMs: number): Promise<void> {
    await this.#ask({ kind: 'follow', state }, withinMs);
  }

  /** What it has counted; the last known where it does not answer in time. */
  async metrics(): Promise<MetricsSnapshot> {
    await this.#ask({ kind: 'metrics' }, METRICS_MS).catch(() => {});
    return this.lastMetrics;
  }

  /** What it tells of itself; undefined where it does not answer in time. */
  async report(): Promise<unknown> {
    return (await this.#ask({ kind: 'report' }, METRICS_MS).catch(() => undefined))?.report;
  }

  /** Ends it in order; by force where that takes too long. */
  async leave(how: { readonly graceMs: number; readonly lingerMs: number }): Promise<void> {
    this.#isLeaving = true;
    const limit = how.graceMs + how.lingerMs + END_SLACK_MS;
    const ordered = this.#ask({ kind: 'leave', ...how }, limit).then(() => within(this.exited, END_SLACK_MS));
    await ordered.catch(() => this.kill());
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  #ask(order: Order, withinMs: number, handle?: Server | Socket): Promise<Answer> {
    if (this.#gone) return Promise.reject(new Error('the worker has ended'));
    const id = this.#next++;
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, order }, handle, {}, (error) => {
        if (error) reject(error);
      });
    });
    return within(answer, withinMs).finally(() => this.#waiting.delete(id));
  }

  #settle(message: Exclude<WorkerMessage, { kind: 'prepared' }>, handle: Server | undefined): void {
    const waiting = this.#waiting.get(message.id);
    // It came too late for who asked; left open it would accept connections that nobody answers.
    if (!waiting) handle?.close();
    if (message.kind === 'failed') {
      waiting?.reject(new Error(message.reason));
      return;
    }
    if (message.metrics) this.lastMetrics = message.metrics;
    waiting?.resolve({ handle, report: message.report });
  }
}

function within<R>(work: Promise<R>, ms: number): Promise<R> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the worker did not answer within ${ms} ms`)), ms);
    work.then(resolve, reject).finally(() => clearTimeout(late));
  });
}
