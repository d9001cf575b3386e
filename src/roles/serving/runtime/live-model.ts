import type { VariantRole } from '#contract/events.ts';
import type { ServingMetrics, VariantMetrics } from '../metrics.ts';
import type { LoadedModel } from '../model/load.ts';
import { AnswerWriter } from '../protocol/answer.ts';
import { compileValidator, type Validator } from '../protocol/validator.ts';
import { Batcher, type Job } from './batcher.ts';
import type { Holder, MemoryBudget, Use } from './memory-budget.ts';
import { ModelStats } from './model-stats.ts';
import { Recorder } from './recorder.ts';

/** A loaded version at work in a variant: its batcher, validator, recorder and metrics live and end together. */
export class LiveModel implements Holder {
  readonly model: LoadedModel;
  readonly deployment: string;
  readonly validator: Validator;
  readonly recorder: Recorder;
  readonly metrics: VariantMetrics;
  readonly batcher: Batcher;
  readonly answer: AnswerWriter;
  readonly loadedAt: string;
  readonly use: Use;
  /** Set by who can do without it when memory is short. */
  evict?: () => void;
  readonly #memory: MemoryBudget;
  /** Share of the requests that it sees as a shadow, 0 to 1. */
  readonly sample: number;
  readonly stats = new ModelStats();
  /** Whether fields of the model have the names that wrap a row or name it in a body. */
  readonly hasField: { readonly features: boolean; readonly key: boolean };

  constructor(model: LoadedModel, options: LiveModelOptions) {
    this.model = model;
    this.deployment = options.deployment;
    this.sample = options.sample;
    this.use = options.use;
    this.#memory = options.memory;
    const names = model.schema.fields.map((f) => f.name);
    this.hasField = { features: names.includes('features'), key: names.includes('key') };
    this.answer = new AnswerWriter(options.deployment, model);
    this.validator = compileValidator(model.schema);
    this.recorder = new Recorder(options.deployment, options.role, model);
    this.metrics = options.metrics.variant(options.deployment, options.role, model.version);
    this.loadedAt = new Date(options.nowMs).toISOString();
    this.batcher = new Batcher(model, {
      maxBatchRows: Math.min(options.maxBatchRows, model.tensors?.maxBatchRows ?? Number.POSITIVE_INFINITY),
      maxQueueRows: Math.min(options.maxQueueRows, model.tensors?.maxQueueRows ?? Number.POSITIVE_INFINITY),
      maxQueueBytes: options.maxQueueBytes,
      maxQueueMs: options.maxQueueMs,
      onDone: (jobs) => options.onDone(this, jobs),
      onDropped: (job) => options.onDropped(this, job),
      onBatch: (rows, runMs) => {
        this.metrics.batch.observe(rows);
        this.stats.batch(rows, runMs);
      },
    });
    this.#memory.hold(this);
  }

  /** Lets running work end, then gives the memory back. */
  async retire(): Promise<void> {
    this.#memory.release(this);
    // Who found it just before may add its rows a turn later.
    do {
      await this.batcher.drained();
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.batcher.isBusy);
    this.metrics.retire();
    await this.model.session.close();
  }
}

export interface LiveModelOptions {
  readonly deployment: string;
  readonly role: VariantRole;
  readonly sample: number;
  readonly use: Use;
  readonly memory: MemoryBudget;
  readonly metrics: ServingMetrics;
  readonly maxBatchRows: number;
  readonly maxQueueRows: number;
  readonly maxQueueBytes: number;
  readonly maxQueueMs: number;
  readonly nowMs: number;
  readonly onDone: (live: LiveModel, jobs: readonly Job[]) => void;
  readonly onDropped: (live: LiveModel, job: Job) => void;
}
