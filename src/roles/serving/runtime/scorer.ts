import { performance } from 'node:perf_hooks';
import type { Clock } from '#kernel/clock.ts';
import { KnownError } from '#kernel/errors.ts';
import { timeOrderedId } from '#kernel/ids.ts';
import type { Logger } from '#kernel/logger.ts';
import type { EventLog } from '#ports/event-log.ts';
import type { ServingMetrics } from '../metrics.ts';
import type { Outcome } from '../model/decode.ts';
import type { Row } from '../model/plan.ts';
import { isTensorRow } from '../model/tensor-rows.ts';
import type { RequestTrace } from '../tracing/request-trace.ts';
import type { Job } from './batcher.ts';
import type { LiveModel } from './live-model.ts';

/** Rows of one request on their way through a model, the log and back to the caller. */
export interface ScoreJob extends Job {
  readonly requestId: string | undefined;
  readonly keys: readonly (string | undefined)[] | undefined;
  readonly trace: RequestTrace | undefined;
  /** Shadows that get the same rows after the answer. */
  readonly shadows: readonly LiveModel[];
  /** On shadow jobs: ids of the primary's predictions, row by row. */
  readonly pairedWith?: readonly string[] | undefined;
  /** Called once: with what the model said, or with `error` set. */
  readonly settle: (job: ScoreJob) => void;
  ids: string[];
  outcomes: Outcome[];
  /** Milliseconds from arrival to the result. */
  durationMs: number;
  time: string;
}

export interface ScorerDeps {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ServingMetrics;
}

/** Takes results from batchers: names the predictions, writes their events, answers, and only then feeds the shadows. */
export class Scorer {
  readonly #deps: ScorerDeps;
  #lastMs = 0;
  #lastTime = '';

  constructor(deps: ScorerDeps) {
    this.#deps = deps;
  }

  /** Makes the job that a batcher takes. */
  job(
    rows: readonly Row[],
    rest: Pick<ScoreJob, 'bytes' | 'requestId' | 'keys' | 'shadows' | 'settle' | 'deadlineAt' | 'caller'> & {
      readonly pairedWith?: readonly string[];
      readonly arrivedAt?: number;
      readonly trace?: RequestTrace | undefined;
    },
  ): ScoreJob {
    // Named one by one: spreading is slow enough to be seen on the path of every prediction.
    return {
      rows,
      bytes: rest.bytes,
      arrivedAt: rest.arrivedAt ?? performance.now(),
      requestId: rest.requestId,
      keys: rest.keys,
      trace: rest.trace,
      shadows: rest.shadows,
      settle: rest.settle,
      deadlineAt: rest.deadlineAt,
      caller: rest.caller,
      pairedWith: rest.pairedWith,
      result: undefined,
      offset: 0,
      error: undefined,
      ids: [],
      outcomes: [],
      durationMs: 0,
      time: '',
    };
  }

  /** The batcher's `onDropped`: the rows were not run, so there is no prediction to record. */
  readonly dropped = (live: LiveModel, job: Job): void => {
    live.metrics.error(reasonOf(job.error).code);
    live.stats.done({ rows: job.rows.length, totalMs: performance.now() - job.arrivedAt, queueMs: 0, ok: false });
    (job as ScoreJob).settle(job as ScoreJob);
  };

  /** The batcher's `onDone` for primaries. */
  readonly primaryDone = (live: LiveModel, jobs: readonly Job[]): void => {
    this.#record(live, jobs as readonly ScoreJob[], () => {
      for (const job of jobs as readonly ScoreJob[]) {
        job.settle(job);
        if (job.error === undefined && job.shadows.length > 0) this.#feedShadows(job);
      }
    });
  };

  /** The batcher's `onDone` for shadows: recorded and counted, never answered. */
  readonly shadowDone = (live: LiveModel, jobs: readonly Job[]): void => {
    this.#record(live, jobs as readonly ScoreJob[], () => {
      for (const job of jobs as readonly ScoreJob[]) job.settle(job);
    });
  };

  #record(live: LiveModel, jobs: readonly ScoreJob[], then: () => void): void {
    const nowMs = this.#deps.clock.now();
    const now = performance.now();
    if (nowMs !== this.#lastMs) {
      this.#lastMs = nowMs;
      this.#lastTime = new Date(nowMs).toISOString();
    }
    const records: string[] = [];
    const at = { nowMs, now, records: this.#deps.log.durability === 'none' ? undefined : records };
    for (const job of jobs) this.#events(live, job, at);
    try {
      const appended = records.length === 0 ? 0 : this.#deps.log.append(records);
      if (typeof appended === 'number') then();
      else appended.then(then, (error) => this.#refuse(jobs, error, then));
    } catch (error) {
      this.#refuse(jobs, error, then);
    }
  }

  /** The events could not be kept: nobody gets an answer that nobody would know of. */
  #refuse(jobs: readonly ScoreJob[], error: unknown, then: () => void): void {
    for (const job of jobs) job.error = error;
    then();
  }

  #events(live: LiveModel, job: ScoreJob, at: { nowMs: number; now: number; records: string[] | undefined }): void {
    const { metrics, recorder, model } = live;
    const { result } = job;
    job.time = this.#lastTime;
    job.durationMs = at.now - job.arrivedAt;
    const queueMs = result ? Math.max(0, result.startedAt - job.arrivedAt) : job.durationMs;
    metrics.queueWait.observe(queueMs / 1000);
    live.stats.lastMs = at.nowMs;
    live.stats.done({ rows: job.rows.length, totalMs: job.durationMs, queueMs, ok: result !== undefined });
    for (let i = 0; i < job.rows.length; i++) {
      const id = timeOrderedId(at.nowMs);
      job.ids.push(id);
      const meta = {
        id,
        requestId: job.requestId ?? (job.ids[0] as string),
        row: i,
        time: job.time,
        durationMs: job.pairedWith && result ? result.runMs : job.durationMs,
        queueMs,
        batchSize: result?.rows ?? 1,
        key: job.keys?.[i],
        traceparent: job.trace?.traceparent,
        pairedWith: job.pairedWith?.[i],
      };
      if (!result) {
        at.records?.push(recorder.failed(job.rows[i] as Row, reasonOf(job.error), meta));
        metrics.error(reasonOf(job.error).code);
        continue;
      }
      const outcome = model.decoder.row(result.outputs, job.offset + i);
      job.outcomes.push(outcome);
      at.records?.push(recorder.ok(job.rows[i] as Row, outcome, meta));
      metrics.ok.value++;
      metrics.duration.observeAs(meta.durationMs / 1000, id, at.nowMs);
      if (typeof outcome.prediction === 'number' && !Number.isFinite(outcome.prediction)) metrics.notFinite();
      if (model.decoder.task === 'classification') metrics.label(String(outcome.prediction));
    }
    job.trace?.scored(live, job);
  }

  #feedShadows(job: ScoreJob): void {
    const { metrics, logger } = this.#deps;
    for (const shadow of job.shadows) {
      const deployment = { deployment: shadow.deployment };
      try {
        if (shadow.sample < 1 && Math.random() >= shadow.sample) continue;
        if (!takes(shadow, job.rows[0] as Row)) continue;
        shadow.batcher.add(
          this.job(job.rows, {
            bytes: job.bytes,
            requestId: job.requestId ?? (job.ids[0] as string),
            keys: job.keys,
            shadows: [],
            pairedWith: job.ids,
            caller: undefined,
            deadlineAt: Number.POSITIVE_INFINITY,
            settle: (done) => {
              if (done.error !== undefined) logger.debug({ ...deployment, error: String(done.error) }, 'a shadow failed');
            },
          }),
        );
        metrics.shadowRows(shadow.deployment, job.rows.length);
      } catch {
        // Its queue is full. A shadow may lose rows, but never uncounted.
        metrics.shadowDropped(shadow.deployment, job.rows.length);
      }
    }
  }
}

/** Whether a shadow can read the primary's rows. */
function takes({ model, validator }: LiveModel, row: Row): boolean {
  if (isTensorRow(row)) return model.tensors?.takes(row) === true;
  return model.plan !== undefined && validator.width === row.length;
}

function reasonOf(error: unknown): { code: string; message: string } {
  if (error instanceof KnownError) return { code: error.spec.code, message: error.message };
  return { code: 'INTERNAL', message: 'internal error' };
}
