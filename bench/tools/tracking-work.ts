import type { RequestOrder } from './request-child.ts';
import { fillDatabase } from './tracking-fill.ts';
import type { TrackingServer } from './tracking-servers.ts';

const API = '/api/2.0/mlflow';
const POINTS = 25_000;

/** What the measured requests refer to. */
export interface Prepared {
  readonly searched: readonly { readonly experiment: string; readonly runs: number }[];
  readonly run: string;
  /** A run with a metric `long` of 25,000 points. */
  readonly longRun: string;
  readonly fillSeconds: number;
}

export interface Sizes {
  readonly runs: number;
  readonly many: number;
}

export const PARTS = ['writes', 'reads', 'search', 'artifacts'] as const;

export interface Measurement {
  readonly part: (typeof PARTS)[number];
  readonly name: string;
  readonly order: Pick<RequestOrder, 'method' | 'path' | 'body' | 'bodyBytes'>;
  /** Measured over eight connections too. */
  readonly parallel?: boolean;
}

async function call<T>(server: TrackingServer, path: string, body: unknown): Promise<T> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await fetch(`${server.url}${API}/${path}`, init);
  if (!answer.ok) throw new Error(`${server.name} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

async function newRun(server: TrackingServer, experiment_id: string, rest: object = {}): Promise<string> {
  const { run } = await call<{ run: { info: { run_id: string } } }>(server, 'runs/create', { experiment_id, start_time: 1, ...rest });
  return run.info.run_id;
}

/** Fills a server: `runs` runs in an experiment and `many` in another (none for 0), and a run with a long metric. */
export async function prepare(server: TrackingServer, { runs, many }: Sizes): Promise<Prepared> {
  const startedAt = performance.now();
  const searched: { experiment: string; runs: number }[] = [];
  for (const count of [runs, many].filter((each) => each > 0)) {
    const { experiment_id } = await call<{ experiment_id: string }>(server, 'experiments/create', { name: `searched ${count}` });
    await fillDatabase(server, experiment_id, count);
    searched.push({ experiment: experiment_id, runs: count });
  }
  const fillSeconds = (performance.now() - startedAt) / 1000;
  const run = await newRun(server, '0');
  const longRun = await newRun(server, '0');
  for (let first = 0; first < POINTS; first += 1000) {
    const metrics = Array.from({ length: 1000 }, (_, i) => ({
      key: 'long',
      value: Math.sin(first + i),
      timestamp: 1 + first + i,
      step: first + i,
    }));
    await call(server, 'runs/log-batch', { run_id: longRun, metrics });
  }
  return { searched, run, longRun, fillSeconds };
}

const post = (path: string, body: object | string): Measurement['order'] => ({
  method: 'POST',
  path: `${API}/${path}`,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const get = (path: string): Measurement['order'] => ({ method: 'GET', path: `${API}/${path}` });

export function measurements(prepared: Prepared): Measurement[] {
  return [...writes(prepared), ...reads(prepared), ...prepared.searched.flatMap(searches), ...artifacts()];
}

function writes({ run }: Prepared): Measurement[] {
  const part = 'writes';
  const thousand = Array.from({ length: 1000 }, (_, k) => `{"key":"b${k % 10}","value":0.${k},"timestamp":{i}000,"step":${k}}`).join();
  const metric = `{"run_id":"${run}","key":"loss","value":0.5,"timestamp":{i},"step":{i}}`;
  return [
    { part, name: 'log-metric', order: post('runs/log-metric', metric), parallel: true },
    { part, name: 'log-parameter', order: post('runs/log-parameter', `{"run_id":"${run}","key":"p{i}","value":"v"}`) },
    { part, name: 'log-batch 1000', order: post('runs/log-batch', `{"run_id":"${run}","metrics":[${thousand}]}`) },
    { part, name: 'create-run', order: post('runs/create', '{"experiment_id":"0","start_time":{i},"run_name":"r{i}"}'), parallel: true },
  ];
}

/** `get-run` is of a run with a metric of 25,000 points. */
function reads({ longRun }: Prepared): Measurement[] {
  const history = get(`metrics/get-history?run_id=${longRun}&metric_key=long`);
  return [
    { part: 'reads', name: 'get-run', order: get(`runs/get?run_id=${longRun}`), parallel: true },
    { part: 'reads', name: 'history 25,000', order: history },
  ];
}

/** A metric and a parameter as the filter, ordered by the metric; the same with matches that are rare; no filter. */
function searches({ experiment, runs }: Prepared['searched'][number]): Measurement[] {
  const search = { experiment_ids: [experiment], max_results: 100, run_view_type: 'ACTIVE_ONLY' };
  const filter = "metrics.rmse < 0.5 and params.lr = '0.1'";
  const rare = "metrics.rmse < 0.001 and params.lr = '0.1'";
  const of = `of ${runs.toLocaleString('en')}`;
  const part = 'search';
  return [
    { part, name: `search ${of}`, order: post('runs/search', { ...search, filter, order_by: ['metrics.rmse ASC'] }) },
    { part, name: `search ${of}, rare`, order: post('runs/search', { ...search, filter: rare, order_by: ['metrics.m0 DESC'] }) },
    { part, name: `search ${of}, newest`, order: post('runs/search', search) },
  ];
}

function artifacts(): Measurement[] {
  const path = '/api/2.0/mlflow-artifacts/artifacts/bench/1mb.bin';
  return [
    { part: 'artifacts', name: 'artifact PUT 1 MB', order: { method: 'PUT', path, bodyBytes: 1_000_000 } },
    { part: 'artifacts', name: 'artifact GET 1 MB', order: { method: 'GET', path }, parallel: true },
  ];
}
