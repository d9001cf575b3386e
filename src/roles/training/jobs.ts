import type { TrainingJob, TrainRequest } from '#contract/http/platform/training.ts';
import type { Clock } from '#kernel/clock.ts';
import { KnownError } from '#kernel/errors.ts';
import { timeOrderedId } from '#kernel/ids.ts';
import type { Logger } from '#kernel/logger.ts';
import type { Remote } from '#ports/database.ts';
import { fail } from './errors.ts';
import type { TrainingStore } from './store.ts';

/** What a running job may tell while it works. */
export interface JobProgress {
  readonly jobId: string;
  readonly signal: AbortSignal;
  /** The program is of no use before the job is done: it need not stand back behind anybody. */
  readonly isAwaited?: boolean;
  tell(share: number, step: string): void;
  warn(warnings: readonly string[]): void;
}

/** Does the work of one job. */
export type JobWork = (request: TrainRequest, progress: JobProgress) => Promise<NonNullable<TrainingJob['result']>>;

export interface JobsOptions {
  readonly store: Remote<TrainingStore>;
  readonly work: JobWork;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Jobs that may wait. */
  readonly maxQueued: number;
  /** Finished jobs that are remembered. */
  readonly keep: number;
}

interface Entry {
  job: TrainingJob;
  readonly isAwaited: boolean;
  readonly abort: AbortController;
  readonly done: PromiseWithResolvers<TrainingJob>;
}

/** Training jobs, one at a time in the order in which they came; the state of each is kept, so that a restart can say what became of it. */
export class TrainingJobs {
  readonly #options: JobsOptions;
  readonly #live = new Map<string, Entry>();
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: JobsOptions) {
    this.#options = options;
  }

  /** @throws TRAINING_QUEUE_FULL */
  async submit(request: TrainRequest, { isAwaited = false } = {}): Promise<TrainingJob> {
    if (this.#live.size > this.#options.maxQueued) throw fail.queueFull({ limit: this.#options.maxQueued });
    const now = this.#options.clock.now();
    const job = newJob(timeOrderedId(now), request, now);
    const entry: Entry = { job, isAwaited, abort: new AbortController(), done: Promise.withResolvers() };
    this.#live.set(entry.job.job_id, entry);
    try {
      await this.#options.store.save(entry.job);
    } catch (error) {
      this.#live.delete(entry.job.job_id);
      throw error;
    }
    this.#running = this.#running.then(() => this.#run(entry));
    return entry.job;
  }

  /** Resolves when the job has ended, in whatever way. */
  async finished(id: string): Promise<TrainingJob> {
    return this.#live.get(id)?.done.promise ?? this.get(id);
  }

  /** @throws TRAINING_JOB_UNKNOWN */
  async get(id: string): Promise<TrainingJob> {
    const job = this.#live.get(id)?.job ?? (await this.#options.store.get(id));
    if (!job) throw fail.jobUnknown({ id });
    return job;
  }

  async list(limit: number, before: string | null): Promise<TrainingJob[]> {
    const jobs = await this.#options.store.list(limit, before);
    return jobs.map((job) => this.#live.get(job.job_id)?.job ?? job);
  }

  /** Ends a waiting or running job; one that has ended already stays as it is. @throws TRAINING_JOB_UNKNOWN */
  async cancel(id: string): Promise<TrainingJob> {
    const entry = this.#live.get(id);
    if (!entry) return this.get(id);
    entry.abort.abort();
    if (entry.job.state === 'queued') await this.#end(entry, { state: 'cancelled', step: 'cancelled while waiting' });
    return entry.done.promise;
  }

  /** Ends everything; what was under way is marked as failed with the reason. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const entry of this.#live.values()) entry.abort.abort();
    await this.#running;
  }

  async #run(entry: Entry): Promise<void> {
    if (entry.job.state !== 'queued') return;
    if (this.#stopped) return this.#end(entry, STOPPED);
    entry.job = { ...entry.job, state: 'running', step: 'starting' };
    try {
      await this.#options.store.save(entry.job);
      const result = await this.#options.work(entry.job.request, this.#progress(entry));
      await this.#end(entry, { state: 'succeeded', progress: 1, step: 'done', result });
    } catch (error) {
      await this.#end(entry, this.#failure(entry, error));
    }
  }

  #progress(entry: Entry): JobProgress {
    return {
      jobId: entry.job.job_id,
      signal: entry.abort.signal,
      isAwaited: entry.isAwaited,
      tell: (share, step) => {
        entry.job = { ...entry.job, progress: Math.min(1, Math.max(entry.job.progress, share)), step };
      },
      warn: (warnings) => {
        entry.job = { ...entry.job, warnings: [...entry.job.warnings, ...warnings] };
      },
    };
  }

  #failure(entry: Entry, error: unknown): Partial<TrainingJob> {
    if (this.#stopped) return STOPPED;
    if (entry.abort.signal.aborted) return { state: 'cancelled', step: 'cancelled' };
    if (error instanceof KnownError) return { state: 'failed', error: error.message };
    this.#options.logger.error(
      { job: entry.job.job_id, error: String((error as Error).stack ?? error) },
      'a training job failed unexpectedly',
    );
    return { state: 'failed', error: `Internal error; the log has the reason under job ${entry.job.job_id}.` };
  }

  async #end(entry: Entry, change: Partial<TrainingJob>): Promise<void> {
    entry.job = { ...entry.job, ...change, finished_at: new Date(this.#options.clock.now()).toISOString() };
    try {
      await this.#options.store.save(entry.job);
      await this.#options.store.trim(this.#options.keep);
    } catch (error) {
      this.#options.logger.error({ job: entry.job.job_id, error: String(error) }, 'the end of a training job could not be stored');
    }
    this.#live.delete(entry.job.job_id);
    entry.done.resolve(entry.job);
  }
}

const STOPPED = { state: 'failed', error: 'The server was stopped while the job ran or waited; start it again.' } as const;

function newJob(id: string, request: TrainRequest, now: number): TrainingJob {
  return {
    job_id: id,
    state: 'queued',
    progress: 0,
    step: 'waiting',
    created_at: new Date(now).toISOString(),
    finished_at: null,
    request,
    error: null,
    warnings: [],
    result: null,
  };
}
