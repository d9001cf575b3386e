import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { describeWith } from '#test/harness/available.ts';
import { freshDatabase } from '#test/harness/postgres.ts';
import { runTrainyard, startProduct } from '#test/harness/product.ts';
import { freshBucket } from '#test/harness/s3.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { MlflowServer } from './mlflow-server.ts';

const roles = ['--target', 'tracking,registry,artifacts'];
const MLFLOW_TABLES = [
  'create table alembic_version (version_num varchar(32) not null)',
  'create table experiments (experiment_id integer primary key, name varchar(256) not null)',
];

interface Component {
  readonly name: string;
  readonly kind: string;
  readonly state: string;
  readonly detail: string;
}

async function databaseState(url: string): Promise<Component | undefined> {
  const { components } = (await (await fetch(`${url}/api/v1/status`)).json()) as { components: Component[] };
  return components.find(({ name }) => name === 'database');
}

/** What clients read of the multipart flags, with the rest as it always is. */
async function multipart(url: string, mount = '/api/3.0'): Promise<boolean> {
  const { status, body } = await new MlflowServer(url).get(`${mount}/mlflow/server-info`);
  const { multipart_uploads_enabled: uploads, ...rest } = body as Record<string, unknown> & { multipart_uploads_enabled: boolean };
  expect(status).toBe(200);
  expect(rest).toEqual({
    store_type: 'SqlStore',
    workspaces_enabled: false,
    trace_archival_enabled: false,
    multipart_downloads_enabled: uploads,
    presigned_upload_run_id_supported: true,
    presigned_upload_model_id_supported: true,
    features_enabled: { gateway: false },
  });
  return uploads;
}

test("MLflow's own SQLite file is refused with a sentence, and stays as it is", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-stores-'));
  try {
    const file = join(folder, 'mlflow.db');
    using made = new DatabaseSync(file);
    for (const statement of MLFLOW_TABLES) made.exec(statement);
    made.close();
    const digest = async () =>
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex');
    const before = await digest();
    const args = ['start', '--port', '0', ...roles, '--data', join(folder, 'data'), '--backend-store-uri', `sqlite:///${file}`];
    const { code, logs } = await runTrainyard(args);
    expect({ code, logs }).toEqual({ code: 1, logs: expect.stringContaining(`The database ${file} was made by MLflow itself`) });
    expect(logs).toContain('--backend-store-uri');
    expect(logs).not.toMatch(/\n\s+at /u);
    expect(await digest()).toBe(before);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('the status tells the database and its state; every answer says how it may be shown', async () => {
  await using product = await startProduct({ args: ['--target', 'api'] });
  const detail = `SQLite in ${join(product.data, 'trainyard.db')}`;
  expect(await databaseState(product.url)).toEqual({ name: 'database', kind: 'store', state: 'ok', detail });
  for (const path of ['/', '/api/v1/status', '/api/2.0/mlflow/experiments/get?experiment_id=0', '/api/2.0/nothing', '/openapi.json']) {
    const { headers } = await fetch(`${product.url}${path}`);
    expect([path, headers.get('x-frame-options'), headers.get('x-content-type-options')]).toEqual([path, 'SAMEORIGIN', 'nosniff']);
  }
  expect(await multipart(product.url)).toBe(false);
  expect(await multipart(product.url, '/ajax-api/3.0')).toBe(false);
});

test('a process without a database reports none', async () => {
  await using product = await startProduct({ args: ['--target', 'ui'] });
  expect(await databaseState(product.url)).toBeUndefined();
});

describeWith('postgres', 'on Postgres', () => {
  test("MLflow's own database is refused with a sentence", async () => {
    await using database = await freshDatabase();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    for (const statement of MLFLOW_TABLES) await client.query(statement);
    await client.end();
    const { code, logs } = await runTrainyard(['start', '--port', '0', ...roles, '--backend-store-uri', database.url]);
    expect({ code, logs }).toEqual({ code: 1, logs: expect.stringContaining('was made by MLflow itself') });
    expect(logs).toContain(new URL(database.url).pathname.slice(1));
  });

  test('the status tells when it is gone, without its password', async () => {
    const database = await freshDatabase();
    const url = new URL(database.url);
    url.password ||= 'a-password-for-nobody';
    await using product = await startProduct({ args: roles, env: { DATABASE_URL: url.href } });
    const detail = `PostgreSQL, ${url.pathname.slice(1)} at ${url.host}`;
    expect(await databaseState(product.url)).toEqual({ name: 'database', kind: 'store', state: 'ok', detail });
    await database[Symbol.asyncDispose]();
    const gone = await waitFor('the state to change', async () => {
      const found = await databaseState(product.url);
      return found?.state === 'down' ? found : undefined;
    });
    expect(gone.detail).toMatch(/^PostgreSQL, test_\S+ at \S+: ./u);
    expect(gone.detail).not.toContain(url.password);
  });
});

/** The store as it looks behind a certificate that nobody vouches for. */
async function behindTls(endpoint: string) {
  const read = (kind: string) => readFileSync(new URL(`../fixtures/tls/self-signed.${kind}`, import.meta.url));
  const server = createServer({ key: read('key'), cert: read('crt') }, (req, res) => {
    const { hostname, port } = new URL(endpoint);
    const onward = request({ hostname, port, path: req.url, method: req.method, headers: req.headers }, (answer) => {
      res.writeHead(answer.statusCode as number, answer.headers);
      answer.pipe(res);
    });
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  return { url, [Symbol.asyncDispose]: close };
}

describeWith('minio', 'with artifacts in a bucket', () => {
  const args = (bucket: string) => [...roles, '--artifacts-destination', `s3://${bucket}/kept`];
  const creating = { TRAINYARD__BLOBS__CREATE_BUCKET: 'true' };

  test('server-info offers uploads in parts, also where the files are kept by another process', async () => {
    await using bucket = await freshBucket();
    const env = { ...bucket.env, ...creating };
    await using core = await startProduct({ args: args(bucket.name), env });
    expect(await multipart(core.url)).toBe(true);
    const peers = ['--peer', `artifacts=${core.url}`];
    await using apart = await startProduct({ args: ['--target', 'tracking', ...peers] });
    expect(await multipart(apart.url)).toBe(true);
    await core.stop();
    expect(await multipart(apart.url)).toBe(false);
  });

  test('a certificate that nobody vouches for is refused, unless MLFLOW_S3_IGNORE_TLS says otherwise', async () => {
    await using bucket = await freshBucket();
    await using proxy = await behindTls(bucket.endpoint);
    const env = { ...bucket.env, ...creating, MLFLOW_S3_ENDPOINT_URL: proxy.url };
    const folder = await mkdtemp(join(tmpdir(), 'trainyard-stores-'));
    const refused = await runTrainyard(['start', '--port', '0', '--data', folder, ...args(bucket.name)], env);
    await rm(folder, { recursive: true, force: true });
    expect(refused).toMatchObject({ code: 1, logs: expect.stringMatching(/certificate/u) });
    await using product = await startProduct({ args: args(bucket.name), env: { ...env, MLFLOW_S3_IGNORE_TLS: 'True' } });
    const path = `${product.url}/api/2.0/mlflow-artifacts/artifacts/a/b.txt`;
    expect((await fetch(path, { method: 'PUT', body: 'kept' })).status).toBe(200);
    expect(await (await fetch(path)).text()).toBe('kept');
  });
});
