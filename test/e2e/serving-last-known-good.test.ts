import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeWith } from '#test/harness/available.ts';
import { gateBefore } from '#test/harness/gate.ts';
import { freshDatabase } from '#test/harness/postgres.ts';
import { type Product, startProduct } from '#test/harness/product.ts';
import { freshBucket } from '#test/harness/s3.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { componentOf, deploy, freePort, metricOf, predict, registerVersion, setAlias, sideModel, variantsOf } from './small-models.ts';

const NO_GRPC = { TRAINYARD__SERVING__GRPC_PORT: 'off' };
const PRIMARY = [{ role: 'primary', model: 'models:/side@production' }];

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'trainyard-cache-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

test('serving outlives its core, is started without it, and follows it again', { timeout: 120_000 }, async () => {
  const port = await freePort();
  const startCore = () =>
    startProduct({ data: join(home, 'core'), args: ['--target', 'tracking,registry,artifacts', '--port', String(port)], env: NO_GRPC });
  const peers = ['registry', 'artifacts'].flatMap((role) => ['--peer', `${role}=http://127.0.0.1:${port}`]);
  const startServing = () => startProduct({ data: join(home, 'serving'), args: ['--target', 'serving', ...peers], env: NO_GRPC });

  await using core = await startCore();
  await registerVersion(core.url, 'side', sideModel());
  await setAlias(core.url, 'side', '1');
  {
    await using serving = await startServing();
    expect((await deploy(serving.url, 'side', PRIMARY)).status).toBe(200);
    expect(await componentOf(serving.url, 'model cache')).toMatchObject({ state: 'ok' });
    await core.kill9();
    await waitFor('the outage to be told', async () => (await variantsOf(serving.url, 'side'))[0]?.detail);
    expect(await predict(serving.url, 'side')).toEqual({ version: '1', prediction: 'left' });
    expect(await componentOf(serving.url, 'model cache')).toMatchObject({ state: 'degraded', detail: expect.stringContaining('registry') });
    expect(await metricOf(serving.url, 'model_source_up', 'registry')).toBe(0);
    expect((await fetch(`${serving.url}/readyz`)).status).toBe(200);
    await serving.kill9();
  }
  await using again = await startServing();
  await waitFor('the restart without a core', async () => (await fetch(`${again.url}/readyz`)).status === 200);
  expect(await predict(again.url, 'side', 5)).toEqual({ version: '1', prediction: 'right' });
  expect((await variantsOf(again.url, 'side'))[0]).toMatchObject({
    version: '1',
    state: 'ready',
    detail: expect.stringContaining('does not answer'),
  });
  expect(await metricOf(again.url, 'model_cache_loads_total', 'ok')).toBe(1);

  await using revived = await startCore();
  await registerVersion(revived.url, 'side', sideModel(4));
  await setAlias(revived.url, 'side', '2');
  await waitFor('the alias to be followed', async () => (await predict(again.url, 'side')).version === '2', 8_000);
  await waitFor('the end of the outage', async () => (await componentOf(again.url, 'model cache'))?.state === 'ok');
  expect((await variantsOf(again.url, 'side'))[0]?.detail).toBeUndefined();
  expect(await metricOf(again.url, 'model_source_up', 'registry')).toBe(1);
});

describeWith('postgres', 'with a registry on PostgreSQL', () => {
  test('predictions go on while the database is gone, and aliases are followed when it is back', { timeout: 90_000 }, async () => {
    await using database = await freshDatabase();
    const place = new URL(database.url);
    await using gate = await gateBefore(Number(place.port));
    place.port = String(gate.port);
    await using product = await startProduct({ env: { ...NO_GRPC, DATABASE_URL: place.href }, readyWithinMs: 60_000 });
    const { url } = product;
    for (const cut of [3, 4]) await registerVersion(url, 'side', sideModel(cut));
    await setAlias(url, 'side', '1');
    expect((await deploy(url, 'side', PRIMARY)).status).toBe(200);
    await gate.shut();
    for (let i = 0; i < 50; i++) expect(await predict(url, 'side')).toEqual({ version: '1', prediction: 'left' });
    await waitFor('the outage to be told', async () => (await componentOf(url, 'model cache'))?.state === 'degraded', 40_000);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    await gate.open();
    await waitFor('the alias to be moved', () => setAlias(url, 'side', '2').then(() => true), 20_000);
    await waitFor('the alias to be followed', async () => (await predict(url, 'side')).version === '2', 10_000);
  });

  test.each([
    ['one process', []],
    ['serving alone', ['--target', 'serving']],
  ])('%s starts while the database is gone, and follows it again', { timeout: 120_000 }, async (_, target) => {
    await using database = await freshDatabase();
    const place = new URL(database.url);
    await using gate = await gateBefore(Number(place.port));
    place.port = String(gate.port);
    const env = { ...NO_GRPC, DATABASE_URL: place.href };
    const isAlone = target.length > 0;
    const port = await freePort();
    // The core has its own way to the database: only serving loses it.
    const core = isAlone
      ? await startProduct({
          data: join(home, 'core'),
          args: ['--target', 'tracking,registry,artifacts', '--port', String(port)],
          env: { ...NO_GRPC, DATABASE_URL: database.url },
          readyWithinMs: 60_000,
        })
      : undefined;
    await using _core = { [Symbol.asyncDispose]: async () => core?.[Symbol.asyncDispose]() };
    const peers = isAlone ? ['registry', 'artifacts'].flatMap((role) => ['--peer', `${role}=http://127.0.0.1:${port}`]) : [];
    const start = () => startProduct({ data: join(home, 'serving'), args: [...target, ...peers], env, readyWithinMs: 60_000 });
    {
      await using product = await start();
      const registry = core?.url ?? product.url;
      for (const cut of [3, 4]) await registerVersion(registry, 'side', sideModel(cut));
      await setAlias(registry, 'side', '1');
      expect((await deploy(product.url, 'side', PRIMARY)).status).toBe(200);
      await gate.shut();
      expect((await predict(product.url, 'side')).version).toBe('1');
      await product.kill9();
    }
    await using again = await start();
    const { url } = again;
    await waitFor('the restart without a database', async () => (await fetch(`${url}/readyz`)).status === 200, 20_000);
    for (let i = 0; i < 20; i++) expect(await predict(url, 'side')).toEqual({ version: '1', prediction: 'left' });
    expect(await componentOf(url, 'database')).toMatchObject({ state: 'down' });
    const refused = await deploy(url, 'other', PRIMARY);
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([503, 'DATABASE_UNAVAILABLE']);
    await gate.open();
    await waitFor('the alias to be moved', () => setAlias(core?.url ?? url, 'side', '2').then(() => true), 20_000);
    await waitFor('the alias to be followed', async () => (await predict(url, 'side')).version === '2', 15_000);
    await waitFor('deployments to be made again', async () => (await deploy(url, 'other', PRIMARY)).status === 200, 15_000);
    expect(await componentOf(url, 'database')).toMatchObject({ state: 'ok' });
  });

  test('workers answer by themselves, new ones too, while the database is gone', { timeout: 120_000 }, async () => {
    await using database = await freshDatabase();
    const place = new URL(database.url);
    await using gate = await gateBefore(Number(place.port));
    place.port = String(gate.port);
    const env = { ...NO_GRPC, DATABASE_URL: place.href, TRAINYARD__SERVING__WORKERS: '2' };
    const start = () => startProduct({ data: join(home, 'workers'), env, readyWithinMs: 60_000 });
    {
      await using product = await start();
      await registerVersion(product.url, 'side', sideModel());
      await setAlias(product.url, 'side', '1');
      expect((await deploy(product.url, 'side', PRIMARY)).status).toBe(200);
      await gate.shut();
      await expectWorkersAlone(product);
      const [first] = await workersOf(product.url);
      process.kill(first?.pid as number, 'SIGKILL');
      await waitFor('the new worker', async () => {
        const now = await workersOf(product.url);
        return now.every(({ pid, state }) => state === 'running' && pid !== first?.pid);
      });
      await expectWorkersAlone(product);
      await product.kill9();
    }
    await using again = await start();
    await waitFor('the workers', async () => (await workersOf(again.url)).every(({ state }) => state === 'running'), 30_000);
    await expectWorkersAlone(again);
  });

  test('a database that never answered ends the start', { timeout: 60_000 }, async () => {
    const env = { ...NO_GRPC, DATABASE_URL: `postgresql://nobody@127.0.0.1:${await freePort()}/none` };
    const error = (await startProduct({ data: join(home, 'new'), env }).catch((reason: unknown) => reason)) as Error;
    expect(error.message).toContain('The database does not answer');
  });
});

const workersOf = async (url: string) =>
  ((await (await fetch(`${url}/api/v1/workers`)).json()) as { items: { pid: number | null; state: string }[] }).items;

/** With the main process stopped, only workers can answer: over several connections, so that each has its turn. */
async function expectWorkersAlone({ url, pid }: Product): Promise<void> {
  await waitFor('the models', async () => (await predict(url, 'side')).version === '1');
  process.kill(pid, 'SIGSTOP');
  try {
    for (let i = 0; i < 12; i++) {
      const answer = await fetch(`${url}/deployments/side/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', connection: 'close' },
        body: '{"features":[1]}',
        signal: AbortSignal.timeout(5000),
      });
      expect(await answer.json()).toMatchObject({ model_version: '1', prediction: 'left' });
    }
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

describeWith('minio', 'with models in a bucket', () => {
  test('predictions go on while the bucket is gone, and after a restart; a damaged copy is not served', { timeout: 120_000 }, async () => {
    await using bucket = await freshBucket();
    await using gate = await gateBefore(Number(new URL(bucket.endpoint).port));
    const data = join(home, 'all');
    const start = () =>
      startProduct({
        data,
        args: ['--artifacts-destination', `s3://${bucket.name}/x`],
        env: {
          ...bucket.env,
          ...NO_GRPC,
          TRAINYARD__BLOBS__CREATE_BUCKET: 'true',
          MLFLOW_S3_ENDPOINT_URL: `http://127.0.0.1:${gate.port}`,
        },
        readyWithinMs: 60_000,
      });
    {
      await using product = await start();
      await registerVersion(product.url, 'side', sideModel());
      await setAlias(product.url, 'side', '1');
      expect((await deploy(product.url, 'side', PRIMARY)).status).toBe(200);
      await gate.shut();
      expect(await predict(product.url, 'side')).toEqual({ version: '1', prediction: 'left' });
      await product.kill9();
    }
    {
      await using product = await start();
      await waitFor('the restart without a bucket', async () => (await predict(product.url, 'side')).version === '1', 30_000);
      expect((await variantsOf(product.url, 'side'))[0]).toMatchObject({ state: 'ready', detail: expect.stringContaining('kept on disk') });
      expect(await componentOf(product.url, 'model cache')).toMatchObject({ state: 'degraded', detail: expect.stringContaining('store') });
      await gate.open();
      await waitFor('the end of the outage', async () => (await componentOf(product.url, 'model cache'))?.state === 'ok', 20_000);
      await gate.shut();
      await product.kill9();
    }
    const files = join(data, 'serving', 'files');
    for (const file of await readdir(files)) await writeFile(join(files, file), 'not a model');
    await using damaged = await start();
    const error = await waitFor('the refusal', async () => (await variantsOf(damaged.url, 'side'))[0]?.error, 30_000);
    expect(error).toContain('not what was kept');
    await gate.open();
    await waitFor('the model to be fetched again', async () => (await predict(damaged.url, 'side')).version === '1', 30_000);
  });

  test('a new worker loads what is kept while the bucket is gone', { timeout: 120_000 }, async () => {
    await using bucket = await freshBucket();
    await using gate = await gateBefore(Number(new URL(bucket.endpoint).port));
    await using product = await startProduct({
      data: join(home, 'workers'),
      args: ['--artifacts-destination', `s3://${bucket.name}/x`],
      env: {
        ...bucket.env,
        ...NO_GRPC,
        TRAINYARD__SERVING__WORKERS: '2',
        TRAINYARD__BLOBS__CREATE_BUCKET: 'true',
        MLFLOW_S3_ENDPOINT_URL: `http://127.0.0.1:${gate.port}`,
      },
      readyWithinMs: 60_000,
    });
    await registerVersion(product.url, 'side', sideModel());
    await setAlias(product.url, 'side', '1');
    expect((await deploy(product.url, 'side', PRIMARY)).status).toBe(200);
    await gate.shut();
    const before = await workersOf(product.url);
    await fetch(`${product.url}/api/v1/workers/restart`, { method: 'POST' });
    await waitFor(
      'new workers',
      async () => (await workersOf(product.url)).every(({ pid, state }) => state === 'running' && before.every((old) => old.pid !== pid)),
      60_000,
    );
    await expectWorkersAlone(product);
  });
});
