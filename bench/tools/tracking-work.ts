import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { availability } from '#test/harness/available.ts';
import type { RequestOrder } from './request-child.ts';
import type { TrackingServer } from './tracking-servers.ts';

const API = '/api/2.0/mlflow';
const POINTS = 25_000;

/** What the measured requests refer to. */
export interface Prepared {
  readonly experiment: string;
  readonly run: string;
  /** A run with a metric `long` of 25,000 points. */
  readonly longRun: string;
  readonly fillSeconds: number;
}

export interface Measurement {
  readonly name: string;
  readonly order: Pick<RequestOrder, 'method' | 'path' | 'body' | 'bodyBytes'>;
  readonly seconds: number;
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

/** Run number `i` of the search benchmark: five metrics, five parameters, a tag. */
async function fillRun(server: TrackingServer, experiment_id: string, i: number): Promise<void> {
  const run_id = await newRun(server, experiment_id, { run_name: `run-${i}`, start_time: 1_000_000 + i, user_id: 'bench' });
  const metrics = [
    { key: 'rmse', value: ((i * 7919) % 10_007) / 10_007, timestamp: 1, step: 0 },
    ...[0, 1, 2, 3].map((k) => ({ key: `m${k}`, value: i / (k + 1), timestamp: 1, step: 0 })),
  ];
  const params = [
    { key: 'lr', value: ['0.1', '0.01', '0.001'][i % 3] },
    ...[0, 1, 2, 3].map((k) => ({ key: `p${k}`, value: String(i % (k + 2)) })),
  ];
  await call(server, 'runs/log-batch', { run_id, metrics, params, tags: [{ key: 'team', value: `t${i % 7}` }] });
}

async function fillRuns(server: TrackingServer, experiment: string, count: number): Promise<void> {
  if (server.name === 'mlflow') {
    const python = await availability('python');
    const script = fileURLToPath(new URL('./fill-mlflow.py', import.meta.url));
    if ('env' in python) execFileSync(python.env['TRAINYARD_PYTHON'] ?? '', [script, server.database, experiment, String(count)]);
    return;
  }
  let next = 0;
  const writer = async (): Promise<void> => {
    while (next < count) await fillRun(server, experiment, next++);
  };
  await Promise.all(Array.from({ length: 4 }, writer));
}

/** Fills a server: `count` runs in one experiment, and a run with a long metric in another. */
export async function prepare(server: TrackingServer, count: number): Promise<Prepared> {
  const { experiment_id: experiment } = await call<{ experiment_id: string }>(server, 'experiments/create', { name: 'searched' });
  const startedAt = performance.now();
  await fillRuns(server, experiment, count);
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
  return { experiment, run, longRun, fillSeconds };
}

const post = (path: string, body: object | string): Measurement['order'] => ({
  method: 'POST',
  path: `${API}/${path}`,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const get = (path: string): Measurement['order'] => ({ method: 'GET', path: `${API}/${path}` });

export function measurements({ experiment, run, longRun }: Prepared, seconds: number): Measurement[] {
  const thousand = Array.from({ length: 1000 }, (_, k) => `{"key":"b${k % 10}","value":0.${k},"timestamp":{i}000,"step":${k}}`).join();
  const search = { experiment_ids: [experiment], max_results: 100, run_view_type: 'ACTIVE_ONLY' };
  const filter = "metrics.rmse < 0.5 and params.lr = '0.1'";
  const ordered = { ...search, filter, order_by: ['metrics.rmse ASC'] };
  const artifact = '/api/2.0/mlflow-artifacts/artifacts/bench/1mb.bin';
  return [
    {
      name: 'log-metric',
      order: post('runs/log-metric', `{"run_id":"${run}","key":"loss","value":0.5,"timestamp":{i},"step":{i}}`),
      seconds,
      parallel: true,
    },
    { name: 'log-parameter', order: post('runs/log-parameter', `{"run_id":"${run}","key":"p{i}","value":"v"}`), seconds, parallel: true },
    { name: 'log-batch 1000', order: post('runs/log-batch', `{"run_id":"${run}","metrics":[${thousand}]}`), seconds, parallel: true },
    { name: 'create-run', order: post('runs/create', `{"experiment_id":"0","start_time":{i},"run_name":"r{i}"}`), seconds, parallel: true },
    { name: 'get-run', order: get(`runs/get?run_id=${longRun}`), seconds, parallel: true },
    { name: 'search filter+order 100', order: post('runs/search', ordered), seconds, parallel: true },
    { name: 'search filter+order 1000', order: post('runs/search', { ...ordered, max_results: 1000 }), seconds },
    { name: 'search newest 100', order: post('runs/search', search), seconds },
    { name: 'history 25,000', order: get(`metrics/get-history?run_id=${longRun}&metric_key=long`), seconds },
    { name: 'artifact PUT 1 MB', order: { method: 'PUT', path: artifact, bodyBytes: 1_000_000 }, seconds, parallel: true },
    { name: 'artifact GET 1 MB', order: { method: 'GET', path: artifact }, seconds, parallel: true },
  ];
}
