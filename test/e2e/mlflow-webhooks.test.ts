import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeWith } from '#test/harness/available.ts';
import { freshDatabase } from '#test/harness/postgres.ts';
import { startProduct } from '#test/harness/product.ts';
import { runPython } from '#test/harness/python.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { MlflowServer } from './mlflow-server.ts';

const args = ['--target', 'tracking,registry,artifacts'];
const local = {
  MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'True',
  MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'https,http',
  TRAINYARD__REGISTRY__WEBHOOKS__RETRY_BASE_MS: '20',
};
const events = [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }];

async function tellStory(url: string): Promise<void> {
  const script = new URL('./python/mlflow_webhooks.py', import.meta.url);
  const { code, stdout, logs } = await runPython(script, [], { MLFLOW_TRACKING_URI: url });
  expect(code, logs).toBe(0);
  expect(stdout).toMatch(/^ok \d+\.\d+/mu);
}

describeWith('python', "webhooks by MLflow's own client, checked by its own signatures", () => {
  test('on the embedded database', { timeout: 120_000 }, async () => {
    await using product = await startProduct({ args, env: local });
    await tellStory(product.url);
  });

  describeWith('postgres', 'with Postgres', () => {
    test('on Postgres', { timeout: 120_000 }, async () => {
      await using database = await freshDatabase();
      await using product = await startProduct({ args, env: { ...local, DATABASE_URL: database.url } });
      await tellStory(product.url);
    });
  });
});

test('addresses of private networks and plain http are refused unless allowed', async () => {
  await using product = await startProduct({ args });
  const server = new MlflowServer(product.url);
  const create = (url: string) => server.post('webhooks', { name: 'x', url, events });
  for (const url of [
    'https://127.0.0.1/x',
    'https://localhost/x',
    'https://[::1]/x',
    'https://0x7f.1/x',
    'https://169.254.169.254/latest',
  ]) {
    expect(await create(url), url).toMatchObject({ status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE' } });
  }
  expect((await create('http://example.com/x')).body.message).toBe("Invalid webhook URL scheme: 'http'. Allowed schemes are: https.");
  expect((await create('https://does-not-resolve.invalid/x')).status).toBe(200);
});

test('what cannot be delivered ends in the log, and secrets stay where they are', async () => {
  const env = { ...local, TRAINYARD__REGISTRY__WEBHOOKS__MAX_RETRIES: '1' };
  await using product = await startProduct({ args, env });
  const server = new MlflowServer(product.url);
  const fresh = { name: 'gone', url: 'http://127.0.0.1:1/nobody', events, secret: 'never told' };
  const { webhook } = await server.ok<{ webhook: { webhook_id: string } }>('webhooks', fresh);
  const log = `/api/v1/webhooks/${webhook.webhook_id}/deliveries`;
  await server.ok('registered-models/create', { name: 'one' });
  const item = await waitFor('the delivery to fail', async () => {
    const [found] = (await server.get(log)).body['items'] as { state: string }[];
    return found?.state === 'failed' ? found : undefined;
  });
  const payload = { entity: 'registered_model', action: 'created', data: { name: 'one' } };
  expect(item).toMatchObject({ event: 'registered_model.created', attempts: 2, response_status: null, payload });
  expect((item as unknown as { error: string }).error).toContain('ECONNREFUSED');
  expect((await server.get('webhooks')).body['webhooks']).toEqual([expect.not.objectContaining({ secret: expect.anything() })]);
  expect((await stat(join(product.data, 'registry', 'webhook-secrets.key'))).mode & 0o777).toBe(0o600);
  expect(await server.get('/api/v1/webhooks/none/deliveries')).toMatchObject({ status: 404, body: { code: 'REGISTRY_WEBHOOK_NOT_FOUND' } });
});

test('a crash loses no event: each change that was made is told, now or by the next process', { timeout: 60_000 }, async () => {
  const told = new Set<string>();
  const receiver = createServer((req, res) => {
    void Array.fromAsync(req as AsyncIterable<Buffer>).then((parts) => {
      told.add((JSON.parse(Buffer.concat(parts).toString()) as { data: { name: string } }).data.name);
      res.end();
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const data = await mkdtemp(join(tmpdir(), 'trainyard-test-'));
  try {
    const before = await startProduct({ args, env: local, data });
    const server = new MlflowServer(before.url);
    await server.ok('webhooks', { name: 'all', url, events });
    let made = 0;
    const writes = Promise.allSettled(
      Array.from({ length: 300 }, async (_, i) => {
        await server.ok('registered-models/create', { name: `m${i}` });
        made++;
      }),
    );
    await waitFor('some models', () => (made >= 20 ? true : undefined));
    await before.kill9();
    await writes;
    await using after = await startProduct({ args, env: local, data });
    const found = await new MlflowServer(after.url).get('registered-models/search', { max_results: '1000' });
    const names = (found.body['registered_models'] as { name: string }[]).map(({ name }) => name);
    expect(names.length).toBeGreaterThanOrEqual(20);
    await waitFor('every model to be told', () => (names.every((name) => told.has(name)) ? true : undefined), 20_000);
    expect([...told].filter((name) => !names.includes(name))).toEqual([]);
  } finally {
    receiver.close();
    await rm(data, { recursive: true, force: true });
  }
});
