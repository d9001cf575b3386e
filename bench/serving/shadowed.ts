import { deploy, metricOf } from '#test/e2e/small-models.ts';
import type { LoadReport } from '../tools/load-child.ts';
import { trained } from '../tools/platform.ts';
import { load, printTable, type Running } from '../tools/processes.ts';
import { deployedOnnx, msPerRow } from './deployed-model.ts';
import { BODY, ROUNDS, SECONDS, startOurs } from './own.ts';

/** Requests per second: about a tenth of what one core answers. */
const RATE = 4000;

/** The primary's latency with a shadow that costs more than ten times as much, and without. */
export async function shadowed(): Promise<void> {
  const server = await startOurs();
  try {
    const { url } = server;
    const forest = { data: 'example:iris.csv', target: 'species', learner: 'forest', params: { n_estimators: 800 } };
    await trained(url, { ...forest, register: 'forest', alias: 'production' });
    const primary = { role: 'primary', model: 'models:/iris/1' };
    for (const [name, variants] of [
      ['alone', [primary]],
      ['shadowed', [primary, { role: 'shadow', model: 'models:/forest/1' }]],
    ] as const) {
      const made = await deploy(url, name, variants);
      if (!made.ok) throw new Error(await made.text());
    }
    const [tree, costly] = await Promise.all([deployedOnnx(url, 'iris').then(msPerRow), deployedOnnx(url, 'forest').then(msPerRow)]);
    console.log(`the shadow takes ${(costly / tree).toFixed(0)} times as long for a row as the primary (in runs of 32)\n`);
    await compare(server);
  } finally {
    await server.stop();
  }
}

async function compare({ url, port }: Running): Promise<void> {
  const ask = (name: string): Promise<LoadReport> =>
    load({ port, path: `/deployments/${name}/predict`, body: BODY, connections: 32, seconds: SECONDS, rate: RATE, sleeps: true });
  const rows: string[][] = [];
  let asked = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of ['alone', 'shadowed']) {
      const { requests, failed, p50Ms, p99Ms, maxMs } = await ask(name);
      if (name === 'shadowed') asked += requests;
      rows.push([name, (requests / SECONDS).toFixed(0), p50Ms.toFixed(2), p99Ms.toFixed(2), maxMs.toFixed(1), String(failed)]);
    }
  }
  printTable(['', 'req/s', 'p50 ms', 'p99 ms', 'max ms', 'failed'], rows);
  const dropped = (await metricOf(url, 'shadow_rows_dropped_total', 'deployment="shadowed"')) ?? 0;
  console.log(`of ${asked} rows the shadow was spared ${dropped}`);
}
