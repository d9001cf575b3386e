// Hot swaps and rolling restarts under load: 100,000 predictions from 16 clients on two workers, meanwhile 20 alias moves and 2 rolling restarts.
// Counts what failed, answers that do not fit the version that they name, how long a move took to reach every worker, and predictions that the index
// does not hold exactly once.

import { isDeepStrictEqual } from 'node:util';
import { SteadyLoad } from '#test/harness/steady-load.ts';
import { post, trained } from './tools/platform.ts';
import { printTable, startTrainyard } from './tools/processes.ts';

const REQUESTS = Number(process.env['BENCH_REQUESTS'] ?? 100_000);
const CLIENTS = 16;
const MOVES = 20;
const RESTARTS = 2;
const WORKERS = process.env['BENCH_WORKERS'] ?? '2';
const ROW = { features: [6.3, 2.8, 5.1, 1.5] };
const MODEL = { data: 'example:iris.csv', target: 'species', register: 'iris' };

interface Scored {
  readonly model_version: string;
  readonly probabilities: unknown;
}

const read = async <R>(url: string): Promise<R> => (await (await fetch(url)).json()) as R;

async function until(isDone: () => boolean | Promise<boolean>, everyMs: number): Promise<void> {
  while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, everyMs));
}

const server = await startTrainyard([], { env: { TRAINYARD__SERVING__WORKERS: WORKERS, TRAINYARD__SERVING__GRPC_PORT: 'off' } });
const { url } = server;
await trained(url, { ...MODEL, learner: 'tree', deploy: 'iris', alias: 'production' });
await trained(url, { ...MODEL, learner: 'forest', alias: 'candidate' });
const expected = new Map<string, unknown>();
for (const version of ['1', '2']) {
  const name = `pinned-${version}`;
  await post(`${url}/api/v1/deployments/${name}`, { variants: [{ role: 'primary', model: `models:/iris/${version}` }] }, 'PUT');
  expected.set(version, (await post<Scored>(`${url}/deployments/${name}/predict`, ROW)).probabilities);
}
if (isDeepStrictEqual(expected.get('1'), expected.get('2'))) throw new Error('both versions say the same: nothing could be told apart');

let mixed = 0;
const load = new SteadyLoad({
  url,
  body: JSON.stringify(ROW),
  clients: CLIENTS,
  check: (answer) => {
    const { model_version, probabilities } = answer as unknown as Scored;
    if (isDeepStrictEqual(expected.get(model_version), probabilities)) return undefined;
    mixed++;
    return `version ${model_version} said ${JSON.stringify(probabilities)}`;
  },
});
const startedAt = performance.now();
const count = (): number => load.answered + load.failed;

const restartMs: number[] = [];
const restarts = (async () => {
  for (let i = 1; i <= RESTARTS; i++) {
    await until(() => count() >= (REQUESTS * i) / (RESTARTS + 1), 20);
    const began = performance.now();
    await post(`${url}/api/v1/workers/restart`, {});
    await until(async () => (await read<{ restart: { state: string } }>(`${url}/api/v1/workers`)).restart.state !== 'running', 50);
    restartMs.push(performance.now() - began);
  }
})();

const moveMs: number[] = [];
for (let move = 1; move <= MOVES; move++) {
  await until(() => count() >= (REQUESTS * move) / (MOVES + 1), 20);
  const version = String(1 + (move % 2));
  const began = performance.now();
  await post(`${url}/api/2.0/mlflow/registered-models/alias`, { name: 'iris', alias: 'production', version });
  // The load's own answers tell: the last one of the other version marks when every process had moved.
  const other = String(2 - (move % 2));
  let before = load.byVersion.get(other) ?? 0;
  let last = began;
  await until(() => {
    const now = load.byVersion.get(other) ?? 0;
    if (now !== before) last = performance.now();
    before = now;
    return performance.now() - last > 1000;
  }, 5);
  moveMs.push(last - began);
}
await restarts;
await until(() => count() >= REQUESTS, 20);
await load.stop();
const seconds = (performance.now() - startedAt) / 1000;

const indexed = async (): Promise<number> =>
  (await read<{ count: number }>(`${url}/api/v1/predictions/count?deployment=iris&variant=primary`)).count;
const give = AbortSignal.timeout(120_000);
await until(async () => give.aborted || (await indexed()) >= load.answered, 200);
const workers = (await read<{ items: { restarts: number }[] }>(`${url}/api/v1/workers`)).items;
printTable(
  ['', ''],
  [
    ['requests', String(count())],
    ['failed', String(load.failed)],
    ['answers that another version made', String(mixed)],
    ['answered by version', [...load.byVersion].map(([version, n]) => `${version}: ${n}`).join(', ')],
    ['in the index', String(await indexed())],
    ['alias moves', `${MOVES}, reaching all after ${Math.max(...moveMs).toFixed(0)} ms at most`],
    ['rolling restarts', restartMs.map((ms) => `${(ms / 1000).toFixed(1)} s`).join(', ')],
    ['workers replaced', String(workers.reduce((sum, w) => sum + w.restarts, 0))],
    ['slowest request', `${load.slowestMs.toFixed(0)} ms`],
    ['requests per second', (count() / seconds).toFixed(0)],
  ],
);
for (const failure of load.failures) console.log(failure);
await server.stop();
process.exitCode = load.failed > 0 ? 1 : 0;
