import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSqlite } from '#adapters/sqlite/open.ts';
import { Metrics } from '#http/metrics.ts';
import { TestClock } from '#kernel/clock.ts';
import { silentLogger } from '#kernel/logger.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { store as registryDefinition } from '../store.ts';
import { Deliveries, type DeliveryLimits } from './deliveries.ts';
import { keyFromFile, SecretBox } from './secrets.ts';
import { send } from './send.ts';
import { store as definition } from './store.ts';

const standard: DeliveryLimits = {
  allow_private_ips: true,
  timeout_ms: 5000,
  max_retries: 2,
  workers: 2,
  queue: 100,
  keep: 3,
  retry_base_ms: 1,
};

/** A receiver that answers these statuses in turn, the last one for ever. */
async function receiving(...statuses: number[]) {
  const ids: string[] = [];
  const server = createServer((req, res) => {
    ids.push(String(req.headers['x-mlflow-delivery-id']));
    res.writeHead(statuses.length > 1 ? (statuses.shift() ?? 200) : (statuses[0] ?? 200)).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { url, ids, [Symbol.asyncDispose]: async () => void server.close() };
}

async function workbench(url: string, limits: Partial<DeliveryLimits> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-webhooks-'));
  const databases = await openSqlite({ path: join(folder, 'test.db') });
  const store = await databases.open(definition);
  const registry = await databases.open(registryDefinition);
  const key = join(folder, 'registry', 'key');
  const secrets = new SecretBox(() => keyFromFile(key));
  const clock = new TestClock();
  const now = clock.now();
  const times = { creation_time: now, last_update_time: now };
  const secret = secrets.seal('hush', 'w1');
  await store.create({ id: 'w1', name: 'w', url, description: '', events: ['model_version.created'], status: 'ACTIVE', secret, ...times });
  const model = { name: 'm', description: '', tags: [], now };
  await registry.createModel(model);
  const version = { ...model, source: 's', storage_location: 's', run_id: '', run_link: '', model_id: '' };
  const happen = () => registry.createVersion(version);
  const started: { deliveries: Deliveries; stop: AbortController }[] = [];
  const start = () => {
    const stop = new AbortController();
    const all = { ...standard, ...limits };
    const deliveries = new Deliveries({
      store,
      secrets,
      clock,
      logger: silentLogger,
      metrics: new Metrics(),
      signal: stop.signal,
      limits: all,
    });
    started.push({ deliveries, stop });
    return { deliveries, stop };
  };
  const close = async () => {
    for (const { stop } of started) stop.abort();
    await Promise.all(started.map(({ deliveries }) => deliveries.idle()));
    await databases.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { store, secrets, clock, folder, start, happen, [Symbol.asyncDispose]: close };
}

test('a receiver that fails is asked again with the same id, and no more often than allowed', async () => {
  await using receiver = await receiving(503, 500, 500);
  await using bench = await workbench(receiver.url);
  const { deliveries } = bench.start();
  await bench.happen();
  await deliveries.collect();
  await deliveries.idle();
  expect(new Set(receiver.ids).size).toBe(1);
  expect(receiver.ids).toHaveLength(3);
  expect(await bench.store.deliveries('w1', 10, undefined)).toMatchObject([
    { state: 'failed', attempts: 3, response_status: 500, error: 'the receiver answered 500' },
  ]);
});

test('a refusal is final', async () => {
  await using receiver = await receiving(410);
  await using bench = await workbench(receiver.url);
  const { deliveries } = bench.start();
  await bench.happen();
  await deliveries.collect();
  await deliveries.idle();
  expect(await bench.store.deliveries('w1', 10, undefined)).toMatchObject([{ state: 'failed', attempts: 1, response_status: 410 }]);
});

test('more than the queue holds waits in the table, and of the log the newest stay', async () => {
  await using receiver = await receiving(200);
  await using bench = await workbench(receiver.url, { queue: 1, workers: 1 });
  const { deliveries } = bench.start();
  await Promise.all(Array.from({ length: 12 }, () => bench.happen().then(() => deliveries.collect())));
  await waitFor('all to be sent', () => (receiver.ids.length >= 12 ? true : undefined));
  await deliveries.idle();
  expect(new Set(receiver.ids).size).toBe(12);
  expect((await bench.store.deliveries('w1', 100, undefined)).map(({ state }) => state)).toEqual(Array(3).fill('delivered'));
});

test('what a stopped process left is sent by the next one', async () => {
  await using receiver = await receiving(200);
  await using bench = await workbench(receiver.url);
  const before = bench.start();
  before.stop.abort();
  await bench.happen();
  await before.deliveries.collect();
  expect(receiver.ids).toEqual([]);
  const after = bench.start();
  void after.deliveries.sweep(true);
  await waitFor('the delivery', () => (receiver.ids.length === 1 ? true : undefined));
});

test('secrets are not in the database, and open under their key for their webhook only', async () => {
  await using bench = await workbench('http://127.0.0.1:1/');
  const { secret } = await bench.store.get('w1');
  expect(secret).not.toContain('hush');
  expect((await readFile(join(bench.folder, 'test.db'))).includes('hush')).toBe(false);
  expect(bench.secrets.open(secret, 'w1')).toBe('hush');
  expect(() => bench.secrets.open(secret, 'w2')).toThrow('encrypted under another key');
});

test('names that lead into private networks are not connected to', async () => {
  await using receiver = await receiving(200);
  const options = { timeoutMs: 5000, allowPrivate: false, nowMs: 0, signal: new AbortController().signal };
  for (const host of ['localhost', '127.0.0.1', '[::ffff:127.0.0.1]']) {
    const url = receiver.url.replace('127.0.0.1', host);
    expect(await send({ id: '1', url, body: '{}', secret: '' }, options), host).toMatchObject({ status: null, retriable: false });
  }
  expect(receiver.ids).toEqual([]);
});
