import type { RunAnswer } from '#contract/http/mlflow/answers/runs-and-versions.ts';
import { TrainyardError } from './errors.ts';
import type { Http } from './http.ts';
import { MLFLOW, pairs, Run, type RunSnapshot, snapshot } from './run.ts';

export interface NewRun {
  /** Name of the experiment; made where there is none. */
  readonly experiment: string;
  readonly name?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly startedMs?: number;
}

export interface RunSearch {
  /** Names of experiments. */
  readonly experiments: readonly string[];
  /** `metrics.accuracy > 0.9 and params.learner = 'tree'` */
  readonly filter?: string;
  /** `metrics.accuracy DESC` */
  readonly order?: readonly string[];
  /** Most runs in all. */
  readonly limit?: number;
}

const PAGE = 1000;

/** Experiments and runs. */
export class Runs {
  readonly #http: Http;
  constructor(http: Http) {
    this.#http = http;
  }

  async start({ experiment, name, tags = {}, startedMs = Date.now() }: NewRun): Promise<Run> {
    const experiment_id = await this.experimentId(experiment);
    const body = { experiment_id, start_time: startedMs, tags: pairs(tags), ...(name === undefined ? {} : { run_name: name }) };
    const { run } = await this.#http.json<{ run: RunAnswer }>('POST', `${MLFLOW}/runs/create`, { body });
    return new Run(this.#http, run.info);
  }

  /** Does the work and ends the run: FINISHED, or FAILED when the work throws. */
  async during<R>(fresh: NewRun, work: (run: Run) => Promise<R>): Promise<R> {
    const run = await this.start(fresh);
    try {
      const result = await work(run);
      await run.finish();
      return result;
    } catch (error) {
      await run.finish('FAILED').catch(() => undefined);
      throw error;
    }
  }

  /** A run that is there already, to log to it or to read its files. */
  async open(runId: string): Promise<Run> {
    const { run } = await this.#http.json<{ run: RunAnswer }>('GET', `${MLFLOW}/runs/get`, { query: { run_id: runId } });
    return new Run(this.#http, run.info);
  }

  async get(runId: string): Promise<RunSnapshot> {
    return (await this.open(runId)).get();
  }

  /** Runs page by page, as they are asked for. */
  async *search({ experiments, filter = '', order = [], limit = Number.POSITIVE_INFINITY }: RunSearch): AsyncGenerator<RunSnapshot> {
    const found = await Promise.all(experiments.map((name) => this.#idOf(name)));
    const experiment_ids = found.filter((id) => id !== undefined);
    let page_token: string | undefined;
    let left = limit;
    while (experiment_ids.length > 0 && left > 0) {
      const body = { experiment_ids, filter, order_by: order, max_results: Math.min(PAGE, left), ...(page_token ? { page_token } : {}) };
      const page = await this.#http.json<{ runs?: RunAnswer[]; next_page_token?: string }>('POST', `${MLFLOW}/runs/search`, {
        body,
        repeatable: true,
      });
      const runs = page.runs ?? [];
      left -= runs.length;
      yield* runs.map(snapshot);
      page_token = page.next_page_token;
      if (!page_token) return;
    }
  }

  /** Finds the experiment or makes it. */
  async experimentId(name: string): Promise<string> {
    const known = await this.#idOf(name);
    if (known !== undefined) return known;
    try {
      return (await this.#http.json<{ experiment_id: string }>('POST', `${MLFLOW}/experiments/create`, { body: { name } })).experiment_id;
    } catch (error) {
      // Somebody else was quicker.
      const made = error instanceof TrainyardError && error.code === 'RESOURCE_ALREADY_EXISTS' ? await this.#idOf(name) : undefined;
      if (made === undefined) throw error;
      return made;
    }
  }

  async #idOf(name: string): Promise<string | undefined> {
    const query = { experiment_name: name };
    try {
      const found = await this.#http.json<{ experiment: { experiment_id: string } }>('GET', `${MLFLOW}/experiments/get-by-name`, { query });
      return found.experiment.experiment_id;
    } catch (error) {
      if (error instanceof TrainyardError && error.status === 404) return undefined;
      throw error;
    }
  }
}
