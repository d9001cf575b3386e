import { performance } from 'node:perf_hooks';
import type { Tensors } from '#ports/inference.ts';
import { fail as servingFail } from '../errors.ts';
import type { ServingMetrics } from '../metrics.ts';
import type { Row } from '../model/plan.ts';
import { cutRows } from '../model/tensor-rows.ts';
import type { RequestTrace } from '../tracing/request-trace.ts';
import type { BatchResult, Caller } from './batcher.ts';
import { fail } from './errors.ts';
import type { LiveModel } from './live-model.ts';
import type { ScoreJob, Scorer } from './scorer.ts';

/** A model that answers, with the shadows that see the same rows. */
export interface Target {
  readonly live: LiveModel;
  readonly shadows: readonly LiveModel[];
}

/** What is known of a request beside its rows. */
export interface Asked {
  /** The name under which the model was asked for. */
  readonly name: string;
  readonly requestId: string | undefined;
  /** Size of the request. */
  readonly bytes: number;
  /** performance.now() at arrival. */
  readonly arrivedAt: number;
  /** Where given, rows are no longer run once it is gone. */
  readonly caller: Caller | undefined;
  readonly timeoutMs: number | undefined;
  readonly keys?: readonly (string | undefined)[] | undefined;
  readonly trace?: RequestTrace | undefined;
}

/** A job that went well. */
export type Scored = ScoreJob & { readonly result: BatchResult };

/** The way of every prediction but the plain one, which takes the same steps by hand. */
export class Predictor {
  readonly maxRows: number;
  readonly #scorer: Scorer;
  readonly #metrics: ServingMetrics;
  readonly #timeoutMs: number;

  constructor(scorer: Scorer, metrics: ServingMetrics, limits: { readonly maxRows: number; readonly timeoutMs: number }) {
    this.#scorer = scorer;
    this.#metrics = metrics;
    this.maxRows = limits.maxRows;
    this.#timeoutMs = limits.timeoutMs;
  }

  /** When a request that arrived then is no longer worth running. */
  deadline(arrivedAt: number, timeoutMs: number | undefined): number {
    return arrivedAt + Math.min(timeoutMs ?? this.#timeoutMs, this.#timeoutMs);
  }

  /** Checked rows through batch, engine, log and shadows. @throws what the model or the log threw; SERVING_OVERLOADED, PREDICTION_TIMEOUT */
  async rows({ live, shadows }: Target, rows: readonly Row[], asked: Asked): Promise<Scored> {
    const job = await new Promise<ScoreJob>((resolve) => {
      live.batcher.add(
        this.#scorer.job(rows, {
          bytes: asked.bytes,
          arrivedAt: asked.arrivedAt,
          requestId: asked.requestId,
          keys: asked.keys,
          trace: asked.trace,
          shadows,
          caller: asked.caller,
          deadlineAt: this.deadline(asked.arrivedAt, asked.timeoutMs),
          settle: resolve,
        }),
      );
    });
    if (job.error !== undefined || !job.result) throw job.error;
    this.#metrics.predictions.value += rows.length;
    this.#metrics.duration.observe(job.durationMs / 1000);
    return job as Scored;
  }

  /**
   * Tensors of a model without columns: recorded, and run together with others where its rows are independent.
   * @throws INFERENCE_FAILED, PREDICTION_TOO_MANY_ROWS, TENSOR_INVALID, and what `rows` throws
   */
  async tensors(target: Target, feeds: Tensors, asked: Asked): Promise<Tensors> {
    const { tensors } = target.live.model;
    const rows = tensors?.rows(feeds) ?? [];
    if (tensors === undefined || rows.length === 0) return this.#unrecorded(target.live, feeds, asked);
    if (rows.length > this.maxRows) throw servingFail.tooManyRows({ rows: rows.length, limit: this.maxRows });
    const { result, offset } = await this.rows(target, rows, asked);
    if (!tensors.isRowwise) return result.outputs;
    const slice = { offset, rows: rows.length };
    return Object.fromEntries(Object.entries(result.outputs).map(([name, tensor]) => [name, cutRows(tensor, slice)]));
  }

  /** Tensors of which no row can be told: none at all, or more dimensions than the model's columns have. */
  async #unrecorded(live: LiveModel, feeds: Tensors, asked: Asked): Promise<Tensors> {
    // A turn of the loop between runs, so that many such calls do not hold it together.
    await new Promise((resolve) => setImmediate(resolve));
    const startedAt = performance.now();
    if (startedAt > this.deadline(asked.arrivedAt, asked.timeoutMs)) throw fail.timedOut({ waitedMs: startedAt - asked.arrivedAt });
    if (asked.caller?.destroyed) throw fail.callerGone({});
    try {
      const outputs = await live.model.session.run(feeds);
      const runMs = performance.now() - startedAt;
      live.stats.batch(1, runMs);
      asked.trace?.scored(live, { rows: [[]], ids: [], arrivedAt: asked.arrivedAt, result: { outputs, rows: 1, startedAt, runMs } });
      live.stats.done({ rows: 1, totalMs: performance.now() - asked.arrivedAt, queueMs: startedAt - asked.arrivedAt, ok: true });
      this.#metrics.duration.observe((performance.now() - asked.arrivedAt) / 1000);
      return outputs;
    } catch (error) {
      live.stats.done({ rows: 1, totalMs: performance.now() - asked.arrivedAt, queueMs: 0, ok: false });
      throw error;
    }
  }
}
