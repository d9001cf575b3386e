import type { PredictionData, VariantRole } from '#contract/events.ts';
import type { WindowCounts } from './counts.ts';
import type { FoldPlan } from './plan.ts';

/** Which window a cell counts. */
export interface CellKey {
  readonly deployment: string;
  readonly role: VariantRole;
  readonly model: string;
  readonly version: string;
  readonly reference: string;
  /** Start of the minute, milliseconds. */
  readonly startMs: number;
}

export interface Cell extends CellKey {
  readonly counts: WindowCounts;
}

type Prediction = Pick<PredictionData, 'deployment' | 'role' | 'model_name' | 'model_version' | 'features' | 'prediction' | 'status'>;

export const MINUTE_MS = 60_000;

/** Folds predictions into one cell per deployment, role, version, reference and minute. Its memory grows with cells, not with rows. */
export class Aggregator {
  readonly #cells = new Map<string, Cell>();

  add(plan: FoldPlan, { timeMs, data }: { readonly timeMs: number; readonly data: Prediction }): void {
    const startMs = Math.floor(timeMs / MINUTE_MS) * MINUTE_MS;
    const id = `${data.deployment}\n${data.role}\n${data.model_name}\n${data.model_version}\n${plan.reference}\n${startMs}`;
    let cell = this.#cells.get(id);
    if (cell === undefined) {
      const { deployment, role, model_name, model_version } = data;
      cell = { deployment, role, model: model_name, version: model_version, reference: plan.reference, startMs, counts: plan.empty() };
      this.#cells.set(id, cell);
    }
    plan.add(cell.counts, data);
  }

  cells(): Cell[] {
    return [...this.#cells.values()];
  }
}
