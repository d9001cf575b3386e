import type { MetricAnswer, RunAnswer } from '#contract/http/mlflow/answers/runs-and-versions.ts';
import { TrainyardError } from './errors.ts';
import { encodePath, type Http } from './http.ts';

/** MLflow's protocol, of which runs are a part. */
export const MLFLOW = '/api/2.0/mlflow';
/** Most of each kind in one request (MLflow 3.17, utils/validation.py), and in all. */
const MOST = { metrics: 1000, params: 100, tags: 100 } as const;

/** One point of a metric. */
export interface Point {
  readonly value: number;
  readonly step: number;
  readonly atMs: number;
}

/** A run as it was when it was read. */
export interface RunSnapshot {
  readonly runId: string;
  readonly name: string;
  readonly experimentId: string;
  readonly status: RunAnswer['info']['status'];
  readonly startedMs: number;
  readonly endedMs: number | null;
  readonly artifactUri: string;
  readonly params: Readonly<Record<string, string>>;
  /** The latest value of each. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** A run that things are logged to. */
export class Run {
  readonly id: string;
  readonly experimentId: string;
  readonly artifactUri: string;
  readonly #http: Http;

  constructor(http: Http, { run_id, experiment_id, artifact_uri }: RunAnswer['info']) {
    this.#http = http;
    this.id = run_id;
    this.experimentId = experiment_id;
    this.artifactUri = artifact_uri;
  }

  /** Values are written as text. A parameter never changes: another value for the same name is refused. */
  async logParams(params: Readonly<Record<string, string | number | boolean>>): Promise<void> {
    await this.#batch('params', pairs(params));
  }

  /** Points of several metrics at one step. */
  async logMetrics(metrics: Readonly<Record<string, number>>, { step = 0, atMs = Date.now() }: Partial<Point> = {}): Promise<void> {
    const points = Object.entries(metrics).map(([key, value]) => ({ key, value: wire(value), timestamp: atMs, step }));
    await this.#batch('metrics', points);
  }

  /** A whole curve. */
  async logHistory(key: string, points: readonly Point[]): Promise<void> {
    const metrics = points.map(({ value, step, atMs }) => ({ key, value: wire(value), timestamp: atMs, step }));
    await this.#batch('metrics', metrics);
  }

  async setTags(tags: Readonly<Record<string, string | number | boolean>>): Promise<void> {
    await this.#batch('tags', pairs(tags));
  }

  /** Stores a file below the run's folder, whole or not at all. @param path relative, with forward slashes */
  async logArtifact(path: string, content: Blob | Uint8Array | string): Promise<void> {
    await this.#http.json('PUT', `/api/2.0/mlflow-artifacts/artifacts/${encodePath(`${this.#folder()}/${path}`)}`, {
      bytes: content,
      isFile: true,
    });
  }

  /** A file of the run. */
  async readArtifact(path: string): Promise<Response> {
    return this.#http.open('GET', '/get-artifact', { query: { run_uuid: this.id, path }, isFile: true });
  }

  async finish(status: 'FINISHED' | 'FAILED' | 'KILLED' = 'FINISHED'): Promise<void> {
    const body = { run_id: this.id, status, end_time: Date.now() };
    await this.#http.json('POST', `${MLFLOW}/runs/update`, { body, repeatable: true });
  }

  async get(): Promise<RunSnapshot> {
    const { run } = await this.#http.json<{ run: RunAnswer }>('GET', `${MLFLOW}/runs/get`, { query: { run_id: this.id } });
    return snapshot(run);
  }

  /** Every point of a metric, in order of time. */
  async history(key: string): Promise<Point[]> {
    const points: Point[] = [];
    let page_token: string | undefined;
    do {
      const query = { run_id: this.id, metric_key: key, max_results: 25_000, page_token };
      const page = await this.#http.json<{ metrics?: MetricAnswer[]; next_page_token?: string }>('GET', `${MLFLOW}/metrics/get-history`, {
        query,
      });
      points.push(...(page.metrics ?? []).map((m) => ({ value: Number(m.value), step: Number(m.step ?? 0), atMs: Number(m.timestamp) })));
      page_token = page.next_page_token;
    } while (page_token);
    return points;
  }

  /** Sending the same batch again changes nothing, so a broken connection is no reason to give up. */
  async #batch(kind: keyof typeof MOST, items: readonly unknown[]): Promise<void> {
    for (let at = 0; at < items.length; at += MOST[kind]) {
      const body = { run_id: this.id, [kind]: items.slice(at, at + MOST[kind]) };
      await this.#http.json('POST', `${MLFLOW}/runs/log-batch`, { body, repeatable: true });
    }
  }

  #folder(): string {
    const found = /^mlflow-artifacts:\/*(.+)$/u.exec(this.artifactUri)?.[1];
    if (found !== undefined) return found;
    throw new TrainyardError(`This run keeps its files at ${this.artifactUri}, where the server takes none.`, {
      code: 'ARTIFACT_LOCATION_UNREACHABLE',
      hint: 'Use an experiment without an artifact location of its own.',
    });
  }
}

/** JSON has no words for them; the protocol has. */
function wire(value: number): number | string {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

export function pairs(values: Readonly<Record<string, string | number | boolean>>): { key: string; value: string }[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: String(value) }));
}

export function snapshot({ info, data = {} }: RunAnswer): RunSnapshot {
  const texts = (list: readonly { readonly key: string; readonly value: string }[] = []) =>
    Object.fromEntries(list.map(({ key, value }) => [key, value]));
  return {
    runId: info.run_id,
    name: info.run_name ?? '',
    experimentId: info.experiment_id,
    status: info.status,
    startedMs: Number(info.start_time ?? 0),
    endedMs: info.end_time === undefined || info.end_time === null ? null : Number(info.end_time),
    artifactUri: info.artifact_uri,
    params: texts(data.params),
    metrics: Object.fromEntries((data.metrics ?? []).map(({ key, value }) => [key, Number(value)])),
    tags: texts(data.tags),
  };
}
