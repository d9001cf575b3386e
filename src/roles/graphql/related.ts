import type { MlflowPeers } from './resolvers.ts';
import type { WireObject } from './wire-fields.ts';

/** Runs whose versions are looked for with one search. */
const RUNS_AT_ONCE = 100;

/** What hangs below runs, asked for once per query however many runs it lists. */
export class Related {
  readonly #peers: MlflowPeers;
  readonly #experiments = new Map<string, Promise<WireObject>>();
  #waiting: Map<string, PromiseWithResolvers<readonly WireObject[]>> | undefined;

  constructor(peers: MlflowPeers) {
    this.#peers = peers;
  }

  experiment(id: string): Promise<WireObject> {
    let found = this.#experiments.get(id);
    if (!found) {
      const answer = this.#peers.tracking.mlflow('experiments/get', { experiment_id: id }) as Promise<{ experiment: WireObject }>;
      found = answer.then(({ experiment }) => experiment);
      this.#experiments.set(id, found);
    }
    return found;
  }

  /** Model versions that came out of a run. Runs that are asked for in one turn share searches. */
  versions(runId: string): Promise<readonly WireObject[]> {
    if (!this.#waiting) {
      this.#waiting = new Map();
      queueMicrotask(() => this.#search());
    }
    const known = this.#waiting.get(runId) ?? Promise.withResolvers<readonly WireObject[]>();
    this.#waiting.set(runId, known);
    return known.promise;
  }

  #search(): void {
    const waiting = [...(this.#waiting ?? [])];
    this.#waiting = undefined;
    for (let from = 0; from < waiting.length; from += RUNS_AT_ONCE) {
      const part = waiting.slice(from, from + RUNS_AT_ONCE);
      const filter = `run_id IN (${part.map(([id]) => `'${id}'`).join(', ')})`;
      const answer = this.#peers.registry.mlflow('model-versions/search', { filter }) as Promise<{ model_versions?: WireObject[] }>;
      answer.then(
        ({ model_versions = [] }) => {
          const byRun = Map.groupBy(model_versions, (version) => version['run_id']);
          for (const [id, { resolve }] of part) resolve(byRun.get(id) ?? []);
        },
        (error: unknown) => {
          for (const [, { reject }] of part) reject(error as Error);
        },
      );
    }
  }
}
