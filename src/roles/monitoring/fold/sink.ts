import type { Scalar } from '#http/metrics.ts';
import type { Remote } from '#ports/database.ts';
import type { LogChunk } from '#ports/event-log.ts';
import type { Sink } from '../../events/api.ts';
import type { SampleRow } from '../reference/profile.ts';
import type { References } from '../reference/references.ts';
import type { Delta, MonitoringStore } from '../store.ts';
import { Aggregator } from './aggregator.ts';
import { type Observed, observe, recordsOf } from './records.ts';

interface Parts {
  readonly store: Remote<MonitoringStore>;
  readonly references: References;
  readonly folded: Scalar;
}

/** Longest time that the loop, which also answers predictions, is held at once. */
const SLICE_MS = 4;

/** How far the log may be behind the index when a reference is chosen. */
const SKIP_MS = 900_000;

export const SINK_NAME = 'monitoring';

/** Counts events into windows. The cursor moves in the transaction of the counts, so that a chunk given twice counts once. */
export class MonitoringSink implements Sink {
  readonly name = SINK_NAME;
  readonly #parts: Parts;
  readonly #skip = new Map<string, { readonly ids: Set<string>; readonly until: number }>();
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
  skipOnce(deployment: string, predictionIds: ReadonlySet<string>): void {
    this.#skip.set(deployment, { ids: new Set(predictionIds), until: performance.now() + SKIP_MS });
  }

  async #apply(chunk: LogChunk): Promise<void> {
    const { store, folded } = this.#parts;
    const position = await store.position(chunk.partition);
    if (position >= chunk.to) return;
    const skip = Math.max(0, position - chunk.from);
    const predictions = await decode(chunk, skip);
    const { cells, samples } = await this.#fold(predictions);
    const delta: Delta = { partition: chunk.partition, from: chunk.from + skip, to: chunk.to, cells, samples };
    const result = await store.apply(delta);
    // Another process moved the cursor meanwhile: the pump asks for it and comes again.
    if (!result.applied) throw new Error(`the cursor of ${chunk.partition} moved to ${result.position}`);
    folded.inc(predictions.length);
    for (const { model, version, rows } of samples) await this.#parts.references.collected(model, version, rows);
  }

  async #fold(predictions: readonly Observed[]): Promise<Pick<Delta, 'cells' | 'samples'>> {
    const aggregator = new Aggregator();
    const collected = new Map<string, { model: string; version: string; rows: SampleRow[] }>();
    for await (const event of sliced(predictions)) {
      const { data } = event;
      if (this.#skip.size > 0 && this.#isSkipped(data.deployment, data.prediction_id)) continue;
      const { references } = this.#parts;
      const cached = references.cached(data.deployment, data.model_name, data.model_version);
      const reference = cached ?? (await references.of(data.deployment, data.model_name, data.model_version));
      if ('plan' in reference) aggregator.add(reference.plan, event);
      else if (data.role !== 'shadow' || data.status === 'ok') collect(collected, event);
    }
    const samples = [...collected.values()].map(({ model, version, rows }) => ({
      model,
      version,
      rows: rows.length,
      body: JSON.stringify(rows),
    }));
    return { cells: aggregator.cells(), samples };
  }

  #isSkipped(deployment: string, predictionId: string): boolean {
    const skip = this.#skip.get(deployment);
    if (skip === undefined) return false;
    if (performance.now() > skip.until) this.#skip.delete(deployment);
    return skip.ids.delete(predictionId);
  }
}

function collect(into: Map<string, { model: string; version: string; rows: SampleRow[] }>, { data }: Observed): void {
  const key = `${data.model_name}\n${data.model_version}`;
  const row = { features: data.features, prediction: data.status === 'ok' ? data.prediction : null };
  const found = into.get(key);
  if (found) found.rows.push(row);
  else into.set(key, { model: data.model_name, version: data.model_version, rows: [row] });
}

async function decode(chunk: LogChunk, skip: number): Promise<Observed[]> {
  const observed: Observed[] = [];
  for await (const record of sliced(recordsOf(chunk, skip))) {
    const event = observe(record);
    if (event !== undefined) observed.push(event);
  }
  return observed;
}

/** The same items, with a pause for other work whenever the slice is used up. */
async function* sliced<T>(items: Iterable<T>): AsyncGenerator<T> {
  let began = performance.now();
  for (const item of items) {
    yield item;
    if (performance.now() - began < SLICE_MS) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    began = performance.now();
  }
}
