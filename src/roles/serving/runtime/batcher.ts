import { performance } from 'node:perf_hooks';
import type { Tensor } from '#ports/inference.ts';
import { fail } from '../errors.ts';
import type { LoadedModel } from '../model/load.ts';
import type { InputPlan, Row } from '../model/plan.ts';

/** What came of one call of the engine. */
export interface BatchResult {
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly rows: number;
  readonly runMs: number;
  /** When the run began, on performance.now(). */
  readonly startedAt: number;
}

/** Rows of one request that wait for a run. */
export interface Job {
  readonly rows: readonly Row[];
  /** performance.now() at arrival. */
  readonly arrivedAt: number;
  /** Rows of this job are at `offset` and after in the result's tensors. */
  result?: BatchResult;
  offset: number;
  error?: unknown;
}

export interface BatcherOptions {
  readonly maxBatchRows: number;
  readonly maxQueueRows: number;
  /** Called once per flush with every job that now has a result or an error, in order of arrival. */
  readonly onDone: (jobs: readonly Job[]) => void;
  readonly onBatch?: (rows: number) => void;
}

/**
 * Tick batching: the first row schedules one `setImmediate`; the flush runs everything that has come by then in one call of the engine.
 * It waits for nothing, and while a run is under way the next batch fills by itself.
 */
export class Batcher {
  readonly #model: LoadedModel;
  readonly #options: BatcherOptions;
  #queue: Job[] = [];
  #queuedRows = 0;
  #busy = false;
  #idle: (() => void)[] = [];

  constructor(model: LoadedModel, options: BatcherOptions) {
    this.#model = model;
    this.#options = options;
  }

  get queuedRows(): number {
    return this.#queuedRows;
  }

  /** @throws SERVING_OVERLOADED when the queue is full; a single request larger than the queue is taken when it is empty */
  add(job: Job): void {
    const { maxQueueRows } = this.#options;
    if (this.#queuedRows > 0 && this.#queuedRows + job.rows.length > maxQueueRows) throw fail.overloaded({ limit: maxQueueRows });
    this.#queue.push(job);
    this.#queuedRows += job.rows.length;
    if (!this.#busy) {
      this.#busy = true;
      setImmediate(this.#flush);
    }
  }

  /** Resolves when nothing waits or runs. */
  drained(): Promise<void> {
    return this.#busy ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve();
  }

  readonly #flush = (): void => {
    const jobs = this.#take();
    void this.#run(jobs).then(() => {
      this.#options.onDone(jobs);
      if (this.#queue.length > 0) return void setImmediate(this.#flush);
      this.#busy = false;
      for (const resolve of this.#idle.splice(0)) resolve();
    });
  };

  #take(): Job[] {
    const { maxBatchRows } = this.#options;
    let rows = 0;
    let n = 0;
    while (n < this.#queue.length) {
      rows += (this.#queue[n] as Job).rows.length;
      if (n > 0 && rows > maxBatchRows) break;
      n++;
    }
    const jobs = n === this.#queue.length ? this.#queue : this.#queue.slice(0, n);
    this.#queue = n === this.#queue.length ? [] : this.#queue.slice(n);
    for (const job of jobs) this.#queuedRows -= job.rows.length;
    return jobs;
  }

  async #run(jobs: readonly Job[]): Promise<void> {
    const total = jobs.length === 1 ? (jobs[0] as Job).rows.length : jobs.reduce((sum, job) => sum + job.rows.length, 0);
    const together = this.#model.batchable && total <= Math.max(this.#options.maxBatchRows, 1);
    try {
      if (together) return await this.#runTogether(jobs);
    } catch {
      // One bad row must not fail its neighbours: everyone runs alone, and only the guilty one keeps the error.
    }
    for (const job of jobs) await this.#runAlone(job);
  }

  async #runTogether(jobs: readonly Job[]): Promise<void> {
    const rows = jobs.length === 1 ? (jobs[0] as Job).rows : jobs.flatMap((job) => job.rows);
    const result = await this.#call(rows);
    let offset = 0;
    for (const job of jobs) {
      job.result = result;
      job.offset = offset;
      offset += job.rows.length;
    }
  }

  /** In slices, so that one large request does not hold the loop. */
  async #runAlone(job: Job): Promise<void> {
    try {
      const step = this.#model.batchable ? this.#options.maxBatchRows : 1;
      const parts: BatchResult[] = [];
      for (let from = 0; from < job.rows.length; from += step) {
        if (from > 0) await new Promise((resolve) => setImmediate(resolve));
        parts.push(await this.#call(job.rows.slice(from, from + step)));
      }
      job.result = joined(parts);
      job.offset = 0;
    } catch (error) {
      job.error = error;
    }
  }

  async #call(rows: readonly Row[]): Promise<BatchResult> {
    const startedAt = performance.now();
    const outputs = await this.#model.session.run((this.#model.plan as InputPlan).encode(rows));
    this.#options.onBatch?.(rows.length);
    return { outputs, rows: rows.length, startedAt, runMs: performance.now() - startedAt };
  }
}

function joined(parts: readonly BatchResult[]): BatchResult {
  const [first] = parts;
  if (parts.length === 1 && first) return first;
  const outputs: Record<string, Tensor> = {};
  for (const [name, tensor] of Object.entries((first as BatchResult).outputs)) {
    const data: unknown[] = [];
    for (const part of parts) for (const value of (part.outputs[name] as Tensor).data) data.push(value);
    const rows = parts.reduce((sum, p) => sum + p.rows, 0);
    outputs[name] = { type: tensor.type, dims: [rows, ...tensor.dims.slice(1)], data: data as never };
  }
  const runMs = parts.reduce((sum, p) => sum + p.runMs, 0);
  return { outputs, rows: parts.reduce((sum, p) => sum + p.rows, 0), runMs, startedAt: (first as BatchResult).startedAt };
}
