import { performance } from 'node:perf_hooks';
import type { Tensor, Tensors } from '#ports/inference.ts';
import { fail } from '../errors.ts';
import type { LoadedModel } from '../model/load.ts';
import type { Row } from '../model/plan.ts';
import { RunCost } from '../model/run-cost.ts';
import { joinedData } from '../model/tensor-rows.ts';
import { fail as requestFail } from './errors.ts';

/** What came of one call of the engine. */
export interface BatchResult {
  readonly outputs: Tensors;
  readonly rows: number;
  readonly runMs: number;
  /** When the run began, on performance.now(). */
  readonly startedAt: number;
}

/** Who waits for the answer; a socket is one. */
export interface Caller {
  readonly destroyed: boolean;
}

/** Rows of one request that wait for a run. */
export interface Job {
  readonly rows: readonly Row[];
  /** Size of the request that they came in, which tells what they hold in memory. */
  readonly bytes: number;
  /** performance.now() at arrival. */
  readonly arrivedAt: number;
  /** On performance.now(): after it the rows are not run any more. */
  readonly deadlineAt: number;
  /** Rows of a caller that is gone are not run. */
  readonly caller: Caller | undefined;
  /** Rows of this job are at `offset` and after in the result's tensors. */
  result?: BatchResult | undefined;
  offset: number;
  error?: unknown;
}

export interface BatcherOptions {
  readonly maxBatchRows: number;
  readonly maxQueueRows: number;
  readonly maxQueueBytes: number;
  /** Longest that rows may be expected to wait, milliseconds. */
  readonly maxQueueMs: number;
  /** Called once per flush with every job that now has a result or an error, in order of arrival. */
  readonly onDone: (jobs: readonly Job[]) => void;
  /** Called for a job that was not run: too late, or nobody waits for it. Its `error` says which. */
  readonly onDropped: (job: Job) => void;
  readonly onBatch?: (rows: number, runMs: number) => void;
}

/** Longest that a run in this thread may hold the loop, milliseconds, where its rows allow: new requests are heard, and refused if need be, in between. */
const HERE_MS = 2;
/** The same elsewhere: longer only lets those wait who could be answered already, and answers come in a flood. */
const APART_MS = 100;
/** A request of so few rows is not cut in pieces. */
const WHOLE_ROWS = 16;

/**
 * Tick batching: the first row schedules one `setImmediate`; the flush runs everything that has come by then in one call of the engine.
 * It waits for nothing, and while a run is under way the next batch fills by itself.
 */
export class Batcher {
  readonly #model: LoadedModel;
  readonly #options: BatcherOptions;
  readonly #encoder: { encode(rows: readonly Row[]): Tensors };
  #queue: Job[] = [];
  #queuedRows = 0;
  #queuedBytes = 0;
  #busy = false;
  readonly #cost = new RunCost();
  #idle: (() => void)[] = [];

  constructor(model: LoadedModel, options: BatcherOptions) {
    this.#model = model;
    this.#options = options;
    this.#encoder = (model.plan ?? model.tensors) as { encode(rows: readonly Row[]): Tensors };
  }

  get queuedRows(): number {
    return this.#queuedRows;
  }

  get isBusy(): boolean {
    return this.#busy;
  }

  /**
   * @throws SERVING_OVERLOADED, SERVING_OVERLOADED_BYTES, SERVING_OVERLOADED_WAIT when the queue is full or slow; when it is empty, any one request is
   * taken
   */
  add(job: Job): void {
    const { maxQueueRows, maxQueueBytes } = this.#options;
    if (this.#queuedRows > 0 && this.#queuedRows + job.rows.length > maxQueueRows) throw fail.overloaded({ limit: maxQueueRows });
    if (this.#queuedBytes > 0 && this.#queuedBytes + job.bytes > maxQueueBytes) throw fail.overloadedBytes({ limit: maxQueueBytes });
    if (this.#queuedRows > 0) this.#refuseLate(job);
    this.#queue.push(job);
    this.#queuedRows += job.rows.length;
    this.#queuedBytes += job.bytes;
    if (!this.#busy) {
      this.#busy = true;
      setImmediate(this.#flush);
    }
  }

  /** Who would wait too long, or until after its deadline, hears so at once. */
  #refuseLate({ deadlineAt }: Job): void {
    // Shadows have time.
    if (deadlineAt === Number.POSITIVE_INFINITY) return;
    const waitMs = this.#cost.ofMany(this.#queuedRows, this.#rowsPerRun());
    const leftMs = deadlineAt - performance.now();
    if (waitMs > this.#options.maxQueueMs || (leftMs > 0 && waitMs > leftMs))
      throw fail.overloadedWait({ seconds: (waitMs / 1000).toFixed(1), retryAfterSeconds: Math.ceil(waitMs / 1000) });
  }

  #rowsPerRun(): number {
    return Math.min(this.#options.maxBatchRows, this.#cost.rowsAdding(this.#model.session.isolated ? APART_MS : HERE_MS));
  }

  /** The same for the rows of one request. */
  #rowsOfOne(): number {
    return Math.min(this.#options.maxBatchRows, Math.max(WHOLE_ROWS, this.#rowsPerRun()));
  }

  /** Resolves when nothing waits or runs. */
  drained(): Promise<void> {
    return this.#busy ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve();
  }

  readonly #flush = (): void => {
    const jobs = this.#wanted(this.#take());
    if (jobs.length === 0) {
      this.#finish(jobs);
      return;
    }
    const running = this.#run(jobs);
    if (running) void running.then(() => this.#finish(jobs));
    else this.#finish(jobs);
  };

  #finish(jobs: readonly Job[]): void {
    if (jobs.length > 0) this.#options.onDone(jobs);
    if (this.#queue.length > 0) {
      setImmediate(this.#flush);
      return;
    }
    this.#busy = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #take(): Job[] {
    const perRun = this.#rowsPerRun();
    let rows = 0;
    let n = 0;
    while (n < this.#queue.length) {
      rows += (this.#queue[n] as Job).rows.length;
      // What runs alone is also answered alone: nobody waits for the ones behind.
      if (n > 0 && (rows > perRun || !this.#model.batchable)) break;
      n++;
    }
    const jobs = n === this.#queue.length ? this.#queue : this.#queue.slice(0, n);
    this.#queue = n === this.#queue.length ? [] : this.#queue.slice(n);
    for (const job of jobs) {
      this.#queuedRows -= job.rows.length;
      this.#queuedBytes -= job.bytes;
    }
    return jobs;
  }

  /** Without those that are too late or that nobody waits for any more. */
  #wanted(jobs: readonly Job[]): readonly Job[] {
    const now = performance.now();
    let kept: Job[] | undefined;
    for (let i = 0; i < jobs.length; i++) {
      const job = jobs[i] as Job;
      const isGone = job.caller?.destroyed === true;
      if (!isGone && now <= job.deadlineAt) {
        kept?.push(job);
        continue;
      }
      kept ??= jobs.slice(0, i);
      job.error = isGone ? requestFail.callerGone({}) : requestFail.timedOut({ waitedMs: now - job.arrivedAt });
      this.#options.onDropped(job);
    }
    return kept ?? jobs;
  }

  /** Runs the jobs; a promise only where the engine gave one, so that the usual batch is done within its tick. */
  #run(jobs: readonly Job[]): Promise<void> | undefined {
    const [first] = jobs;
    const rows = jobs.length === 1 && first ? first.rows : jobs.flatMap((job) => job.rows);
    if (!this.#model.batchable || rows.length > this.#rowsOfOne()) return this.#runEachAlone(jobs);
    const startedAt = performance.now();
    try {
      const outputs = this.#model.session.run(this.#encoder.encode(rows));
      if (!(outputs instanceof Promise)) {
        this.#share(jobs, this.#result(outputs, rows.length, startedAt));
        return undefined;
      }
      return outputs.then(
        (tensors) => this.#share(jobs, this.#result(tensors, rows.length, startedAt)),
        (error: unknown) => this.#blame(jobs, error),
      );
    } catch (error) {
      return this.#blame(jobs, error);
    }
  }

  /** One bad row must not fail its neighbours: everyone runs alone, and only the guilty one keeps the error. Who ran alone is guilty. */
  #blame(jobs: readonly Job[], error: unknown): Promise<void> | undefined {
    if (jobs.length > 1) return this.#runEachAlone(jobs);
    (jobs[0] as Job).error = error;
    return undefined;
  }

  #result(outputs: Tensors, rows: number, startedAt: number): BatchResult {
    const runMs = performance.now() - startedAt;
    this.#cost.observe(rows, runMs);
    this.#options.onBatch?.(rows, runMs);
    return { outputs, rows, startedAt, runMs };
  }

  #share(jobs: readonly Job[], result: BatchResult): void {
    let offset = 0;
    for (const job of jobs) {
      job.result = result;
      job.offset = offset;
      offset += job.rows.length;
    }
  }

  async #runEachAlone(jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) await this.#runAlone(job);
  }

  /** In slices where rows are independent, so that one large request does not hold the loop. */
  async #runAlone(job: Job): Promise<void> {
    try {
      const parts: BatchResult[] = [];
      for (let from = 0; from < job.rows.length; ) {
        if (from > 0) await new Promise((resolve) => setImmediate(resolve));
        const upTo = from + this.#rowsTogether(job);
        parts.push(await this.#call(job.rows.slice(from, upTo)));
        from = upTo;
      }
      job.result = joined(parts);
      job.offset = 0;
    } catch (error) {
      job.error = error;
    }
  }

  #rowsTogether({ rows }: Job): number {
    const { batchable, isMutual } = this.#model;
    return batchable ? this.#rowsOfOne() : isMutual ? rows.length : 1;
  }

  async #call(rows: readonly Row[]): Promise<BatchResult> {
    const startedAt = performance.now();
    const outputs = await this.#model.session.run(this.#encoder.encode(rows));
    return this.#result(outputs, rows.length, startedAt);
  }
}

function joined(parts: readonly BatchResult[]): BatchResult {
  const [first] = parts;
  if (parts.length === 1 && first) return first;
  const rows = parts.reduce((sum, p) => sum + p.rows, 0);
  const outputs: Record<string, Tensor> = {};
  for (const [name, { type, dims }] of Object.entries((first as BatchResult).outputs)) {
    const data = joinedData(parts.map((part) => (part.outputs[name] as Tensor).data));
    outputs[name] = { type, dims: [rows, ...dims.slice(1)], data };
  }
  const runMs = parts.reduce((sum, p) => sum + p.runMs, 0);
  return { outputs, rows, runMs, startedAt: (first as BatchResult).startedAt };
}
