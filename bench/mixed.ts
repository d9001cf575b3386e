// Predictions at half load, open loop, while the platform does its other work: a training job, searches over 50,000 runs, and the queries of the pages.

import { loadavg } from 'node:os';
import type { LoadReport } from './tools/load-child.ts';
import { post, trainAndDeploy, trained } from './tools/platform.ts';
import { load, printTable, startTrainyard } from './tools/processes.ts';

const BODY = JSON.stringify({ sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 });
const RUNS = Number(process.env.BENCH_RUNS ?? 50_000);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 8);

/** Names of lines; all without any. */
const only = process.argv.slice(2);

const server = await startTrainyard([]);
const api = `${server.url}/api/2.0/mlflow`;
await trainAndDeploy(server.url);

const { experiment_id } = await post<{ experiment_id: string }>(`${api}/experiments/create`, { name: 'many' });
async function fill(from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    const { run } = await post<{ run: { info: { run_id: string } } }>(`${api}/runs/create`, {
      experiment_id,
      start_time: i,
      run_name: `run-${i}`,
    });
    const metrics = ['rmse', 'mae', 'r2'].map((key, k) => ({ key, value: Math.sin(i * (k + 1)), timestamp: i, step: 0 }));
    const params = [
      { key: 'lr', value: String((i % 10) / 10) },
      { key: 'depth', value: String(i % 7) },
    ];
    await post(`${api}/runs/log-batch`, { run_id: run.info.run_id, metrics, params, tags: [] });
  }
}
const filledAt = performance.now();
const lanes = 8;
await Promise.all(Array.from({ length: lanes }, (_, lane) => fill((RUNS / lanes) * lane, (RUNS / lanes) * (lane + 1))));
console.log(`${RUNS} runs filled in ${((performance.now() - filledAt) / 1000).toFixed(0)} s`);

const closed = await load({ port: server.port, path: '/predict', body: BODY, connections: 32, seconds: 4 });
const rate = (0.5 * closed.requests) / closed.seconds;
const order = { port: server.port, path: '/predict', body: BODY, connections: 64, seconds: SECONDS, rate, sleeps: true } as const;

/** 99th percentile of the delays of the server's loop since the last look, milliseconds. */
async function loopLagMs(): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return 1000 * Number(/^nodejs_eventloop_lag_p99_seconds (\S+)$/mu.exec(text)?.[1]);
}

const reports: { readonly name: string; readonly report: LoadReport; readonly lagMs: number; readonly done: number }[] = [];
async function during(name: string, work: (stop: AbortSignal) => Promise<number>): Promise<void> {
  if (only.length > 0 && !name.startsWith('quiet') && !only.includes(name)) return;
  await loopLagMs();
  const stop = new AbortController();
  const working = work(stop.signal);
  const report = await load(order);
  const lagMs = await loopLagMs();
  stop.abort();
  reports.push({ name, report, lagMs, done: await working });
}

async function again(stop: AbortSignal, work: () => Promise<unknown>): Promise<number> {
  let times = 0;
  for (; !stop.aborted; times++) await work();
  return times;
}

const get = async (path: string): Promise<unknown> => (await fetch(server.url + path)).text();
const search = (): Promise<unknown> =>
  post(`${api}/runs/search`, {
    experiment_ids: [experiment_id],
    filter: "metrics.rmse < 0.5 and params.lr = '0.1'",
    order_by: ['metrics.rmse ASC'],
    max_results: 100,
  });
const pages = async (): Promise<void> => {
  await Promise.all(
    [
      '/api/v1/monitors',
      '/api/v1/deployments',
      '/api/v1/predictions?limit=100',
      '/api/v1/predictions/series?deployment=iris',
      '/api/v1/monitors/iris/drift',
      '/api/v1/monitors/iris/quality',
      '/api/v1/status',
    ].map(get),
  );
};
/** Some eight seconds of fitting; a second and a half, most of which is starting and recording. */
const job = (learner: string) => (): Promise<unknown> =>
  trained(server.url, { data: 'example:california_housing.csv', target: 'MedHouseVal', learner });
const training = job('forest');
const short = job('boosting');

await during('quiet', async () => 0);
await during('searches over the runs', (stop) => again(stop, search));
await during('queries of the pages', (stop) => again(stop, pages));
await during('training', (stop) => again(stop, training));
await during('short trainings, one after the other', (stop) => again(stop, short));
await during('all three', async (stop) =>
  (await Promise.all([again(stop, search), again(stop, pages), again(stop, training)])).reduce((a, b) => a + b),
);
await during('quiet again', async () => 0);
const quiet = reports.filter(({ name }) => name.startsWith('quiet')).map(({ report }) => report.p99Ms);
const quietMs = quiet.reduce((sum, p99) => sum + p99, 0) / quiet.length;
console.log(`open loop at ${rate.toFixed(0)} predictions a second, load average ${loadavg()[0]?.toFixed(1)}`);
printTable(
  ['beside', 'p50 ms', 'p99 ms', 'of quiet', 'max ms', 'loop p99 ms', 'failed', 'done meanwhile'],
  reports.map(({ name, report, lagMs, done }) => [
    name,
    report.p50Ms.toFixed(2),
    report.p99Ms.toFixed(2),
    `${(report.p99Ms / quietMs).toFixed(1)}×`,
    report.maxMs.toFixed(1),
    lagMs.toFixed(1),
    String(report.failed),
    String(done),
  ]),
);
await server.stop();
