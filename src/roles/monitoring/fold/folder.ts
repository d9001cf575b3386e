import type { ReferenceProfile } from '#contract/model-schema.ts';
import type { SampleRow } from '../reference/profile.ts';
import { Aggregator, type Cell } from './aggregator.ts';
import { FoldPlan } from './plan.ts';
import { observe, recordsOf } from './records.ts';

/** A version in a deployment: what a plan is for. */
export interface PlanKey {
  readonly deployment: string;
  readonly model: string;
  readonly version: string;
}

/** The bins of a version; null where its rows are collected to make a reference. */
export interface NewPlan extends PlanKey {
  readonly reference: { readonly id: string; readonly profile: Pick<ReferenceProfile, 'columns' | 'prediction'> } | null;
}

export interface FoldRequest {
  readonly bytes: Uint8Array;
  /** Records at the beginning that were counted before. */
  readonly skip: number;
  /** Plans of an older revision of the references are forgotten. */
  readonly revision: number;
}

export interface Folded {
  readonly predictions: number;
  readonly labels: number;
  readonly cells: readonly Cell[];
  readonly samples: readonly { readonly model: string; readonly version: string; readonly rows: number; readonly body: string }[];
}

/** Counts, or the versions whose plans must be given first. */
export type FoldAnswer = { readonly needs: readonly PlanKey[] } | Folded;

/** How far the log may be behind the index when a reference is chosen. */
const SKIP_MS = 900_000;

/** Folds chunks of the log into counts. Keeps plans between chunks, nothing else; lives in a thread or in the loop. */
export class Folder {
  readonly #plans = new Map<string, FoldPlan | null>();
  readonly #byReference = new Map<string, FoldPlan>();
  readonly #skipped = new Map<string, { readonly ids: ReadonlySet<string>; readonly until: number }>();
  #revision = -1;

  plan({ reference, ...key }: NewPlan): void {
    let plan: FoldPlan | null = null;
    if (reference !== null) {
      plan = this.#byReference.get(reference.id) ?? new FoldPlan(reference.id, reference.profile);
      this.#byReference.set(reference.id, plan);
    }
    this.#plans.set(textOf(key), plan);
  }

  /** Predictions of a deployment that were counted already, from the index: they are left out when the log brings them. */
  leaveOut(deployment: string, predictionIds: readonly string[]): void {
    this.#skipped.set(deployment, { ids: new Set(predictionIds), until: performance.now() + SKIP_MS });
  }

  fold({ bytes, skip, revision }: FoldRequest): FoldAnswer {
    this.#refresh(revision);
    const observed = [...recordsOf(bytes, skip)].flatMap((record) => observe(record) ?? []);
    const needs = new Map<string, PlanKey>();
    const aggregator = new Aggregator();
    const collected = new Map<string, { model: string; version: string; rows: SampleRow[] }>();
    let labels = 0;
    for (const event of observed) {
      if (event.kind === 'label') {
        labels++;
        continue;
      }
      const { deployment, model_name: model, model_version: version, prediction_id } = event.data;
      const key = textOf({ deployment, model, version });
      const plan = this.#plans.get(key);
      if (plan === undefined) needs.set(key, { deployment, model, version });
      else if (this.#skipped.get(deployment)?.ids.has(prediction_id)) continue;
      else if (plan !== null) aggregator.add(plan, event);
      else {
        const { features, status, prediction } = event.data;
        const group = collected.get(key) ?? { model, version, rows: [] };
        group.rows.push({ features, prediction: status === 'ok' ? prediction : null });
        collected.set(key, group);
      }
    }
    if (needs.size > 0) return { needs: [...needs.values()] };
    return { predictions: observed.length - labels, labels, cells: aggregator.cells(), samples: samplesOf(collected.values()) };
  }

  #refresh(revision: number): void {
    if (revision !== this.#revision) {
      this.#plans.clear();
      this.#byReference.clear();
      this.#revision = revision;
    }
    for (const [deployment, { until }] of this.#skipped) if (performance.now() > until) this.#skipped.delete(deployment);
  }
}

/** One entry per version, although several deployments may serve it. */
function samplesOf(
  groups: Iterable<{ readonly model: string; readonly version: string; readonly rows: readonly SampleRow[] }>,
): Folded['samples'] {
  const byVersion = Map.groupBy(groups, ({ model, version }) => `${model}\n${version}`);
  return [...byVersion.values()].map((same) => {
    const rows = same.flatMap((group) => group.rows);
    const { model, version } = same[0]!;
    return { model, version, rows: rows.length, body: JSON.stringify(rows) };
  });
}

function textOf({ deployment, model, version }: PlanKey): string {
  return `${deployment}\n${model}\n${version}`;
}
