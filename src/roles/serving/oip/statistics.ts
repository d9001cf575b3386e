import type { Deployments } from '../runtime/deployments.ts';
import type { LiveModel } from '../runtime/live-model.ts';
import type { LooseModels } from '../runtime/loose-models.ts';
import { addedCounts, countsOf, type ModelCounts } from '../runtime/model-stats.ts';
import { modelStatistics } from './describe.ts';

/** What one process counted of a deployment's primary. */
interface Counted {
  readonly deployment: string;
  readonly model: string;
  readonly version: string;
  readonly counts: ModelCounts;
}

/** What a replica tells of itself. */
export function primaryCounts(deployments: Deployments): Counted[] {
  return deployments.all().flatMap((d) => {
    const { live } = d.primary;
    return live ? [{ deployment: d.name, model: live.model.name, version: live.model.version, counts: countsOf(live.stats) }] : [];
  });
}

/** Statistics of models, over all processes that score them. */
export class Statistics {
  readonly #deployments: Deployments;
  readonly #loose: LooseModels;
  readonly #reports: () => Promise<readonly unknown[]>;

  constructor(deployments: Deployments, loose: LooseModels, reports: () => Promise<readonly unknown[]>) {
    this.#deployments = deployments;
    this.#loose = loose;
    this.#reports = reports;
  }

  async of(name: string, live: LiveModel) {
    return this.#one(name, live, await this.#elsewhere());
  }

  async all() {
    const elsewhere = await this.#elsewhere();
    const served = this.#deployments.all().flatMap((d) => (d.primary.live ? [this.#one(d.name, d.primary.live, elsewhere)] : []));
    return [...served, ...(await this.#loose.loaded()).map((live) => this.#one(live.model.name, live, []))];
  }

  async #elsewhere(): Promise<Counted[]> {
    return ((await this.#reports()) as Counted[][]).flat();
  }

  #one(name: string, live: LiveModel, elsewhere: readonly Counted[]) {
    const { model } = live;
    const same = elsewhere.filter((c) => c.deployment === live.deployment && c.model === model.name && c.version === model.version);
    return modelStatistics(name, live, addedCounts([countsOf(live.stats), ...same.map((c) => c.counts)]));
  }
}
