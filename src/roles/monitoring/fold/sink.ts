import type { Scalar } from '#http/metrics.ts';
import type { Remote } from '#ports/database.ts';
import type { LogChunk } from '#ports/event-log.ts';
import type { Sink } from '../../events/api.ts';
import type { References } from '../reference/references.ts';
import type { MonitoringStore } from '../store.ts';
import { FoldThread } from './fold-thread.ts';
import type { Folded, FoldRequest, PlanKey } from './folder.ts';

interface Parts {
  readonly store: Remote<MonitoringStore>;
  readonly references: References;
  readonly folded: Scalar;
  /** Called when labels came. */
  readonly onLabels?: () => void;
}

export const SINK_NAME = 'monitoring';

/** Counts events into windows. The cursor moves in the transaction of the counts, so that a chunk given twice counts once. */
export class MonitoringSink implements Sink {
  readonly name = SINK_NAME;
  readonly #parts: Parts;
  readonly #thread = new FoldThread();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  position(partition: string): Promise<number> {
    return this.#parts.store.position(partition);
  }

  apply(chunk: LogChunk): Promise<void> {
    return this.exclusive(() => this.#apply(chunk));
  }

  /** Runs `work` while nothing is counted. */
  exclusive<R>(work: () => Promise<R>): Promise<R> {
    const next = this.#turn.then(work, work);
    this.#turn = next.catch(() => {});
    return next;
  }

  /** Predictions of a deployment that were counted already, from the index: they are left out when the log brings them. */
  leaveOut(deployment: string, predictionIds: readonly string[]): void {
    this.#thread.leaveOut(deployment, predictionIds);
  }

  close(): Promise<void> {
    return this.exclusive(() => this.#thread.close());
  }

  async #apply(chunk: LogChunk): Promise<void> {
    const { store, folded, references } = this.#parts;
    const position = await store.position(chunk.partition);
    if (position >= chunk.to) return;
    const skip = Math.max(0, position - chunk.from);
    const { predictions, labels, cells, samples } = await this.#fold({ bytes: chunk.bytes, skip, revision: references.revision });
    const result = await store.apply({ partition: chunk.partition, from: chunk.from + skip, to: chunk.to, cells, samples });
    // Another process moved the cursor meanwhile: the pump asks for it and comes again.
    if (!result.applied) throw new Error(`the cursor of ${chunk.partition} moved to ${result.position}`);
    folded.inc(predictions);
    if (labels > 0) this.#parts.onLabels?.();
    for (const { model, version, rows } of samples) await references.collected(model, version, rows);
  }

  /** A thread that begins anew knows no plans, so it may ask twice. */
  async #fold(request: FoldRequest): Promise<Folded> {
    for (let round = 0; ; round++) {
      const answer = await this.#thread.fold(request);
      if (!('needs' in answer)) return answer;
      if (round === 5) throw new Error('the bins of a version are asked for again and again');
      for (const key of answer.needs) await this.#givePlan(key);
    }
  }

  async #givePlan({ deployment, model, version }: PlanKey): Promise<void> {
    const found = await this.#parts.references.of(deployment, model, version);
    const reference =
      'profile' in found ? { id: found.id, profile: { columns: found.profile.columns, prediction: found.profile.prediction } } : null;
    this.#thread.plan({ deployment, model, version, reference });
  }
}
