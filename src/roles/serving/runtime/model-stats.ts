/** How often something happened and how long it took altogether. */
export interface Phase {
  count: number;
  ms: number;
}

/** Counts of one version since it was loaded, as Triton's statistics extension tells them. */
export class ModelStats {
  /** Rows that were scored. */
  inferences = 0;
  /** Calls of the engine. */
  executions = 0;
  /** Unix milliseconds of the last request, 0 before the first. */
  lastMs = 0;
  readonly success: Phase = { count: 0, ms: 0 };
  readonly fail: Phase = { count: 0, ms: 0 };
  readonly queue: Phase = { count: 0, ms: 0 };
  readonly run: Phase = { count: 0, ms: 0 };
  /** Calls by number of rows. */
  readonly batches = new Map<number, Phase>();

  /** One call of the engine. */
  batch(rows: number, runMs: number): void {
    this.executions++;
    this.run.count++;
    this.run.ms += runMs;
    const found = this.batches.get(rows);
    if (found) {
      found.count++;
      found.ms += runMs;
    } else this.batches.set(rows, { count: 1, ms: runMs });
  }

  /** One request, answered or failed. */
  done({ rows, totalMs, queueMs, ok }: { rows: number; totalMs: number; queueMs: number; ok: boolean }): void {
    const phase = ok ? this.success : this.fail;
    phase.count++;
    phase.ms += totalMs;
    if (!ok) return;
    this.inferences += rows;
    this.queue.count++;
    this.queue.ms += queueMs;
  }
}

/** Counts as plain data. */
export type ModelCounts = Pick<ModelStats, 'inferences' | 'executions' | 'lastMs' | 'success' | 'fail' | 'queue' | 'run'> & {
  readonly batches: readonly (readonly [rows: number, phase: Phase])[];
};

export function countsOf(stats: ModelStats): ModelCounts {
  const { inferences, executions, lastMs, success, fail, queue, run } = stats;
  return { inferences, executions, lastMs, success, fail, queue, run, batches: [...stats.batches] };
}

/** What several processes counted of the same version, as one. */
export function addedCounts(all: readonly ModelCounts[]): ModelStats {
  const sum = new ModelStats();
  for (const counts of all) {
    sum.inferences += counts.inferences;
    sum.executions += counts.executions;
    sum.lastMs = Math.max(sum.lastMs, counts.lastMs);
    for (const phase of ['success', 'fail', 'queue', 'run'] as const) addPhase(sum[phase], counts[phase]);
    for (const [rows, phase] of counts.batches) {
      const batch = sum.batches.get(rows) ?? { count: 0, ms: 0 };
      addPhase(batch, phase);
      sum.batches.set(rows, batch);
    }
  }
  return sum;
}

function addPhase(to: Phase, { count, ms }: Phase): void {
  to.count += count;
  to.ms += ms;
}
