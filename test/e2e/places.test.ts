import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeWith } from '#test/harness/available.ts';
import { freshDatabase } from '#test/harness/postgres.ts';
import { runTrainyard, startProduct } from '#test/harness/product.ts';
import { runPython } from '#test/harness/python.ts';
import { freshBucket } from '#test/harness/s3.ts';
import { MlflowServer } from './mlflow-server.ts';

const roles = ['--target', 'tracking,registry,artifacts'];

/** The working directory of the server: relative places start here. */
let cwd: string;
beforeEach(async () => {
  cwd = realpathSync(await mkdtemp(join(tmpdir(), 'trainyard-places-')));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

async function started(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const product = await startProduct({ args: [...roles, ...args], cwd, data: join(cwd, 'data'), env });
  return { product, server: new MlflowServer(product.url), [Symbol.asyncDispose]: () => product[Symbol.asyncDispose]() };
}

const refusedStart = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runTrainyard(['start', '--data', join(cwd, 'data'), '--port', '0', ...roles, ...args], env, cwd);

async function locationOf(server: MlflowServer, name: string): Promise<{ id: string; location: string }> {
  const id = await server.experiment(name);
  const { body } = await server.get('experiments/get', { experiment_id: id });
  return { id, location: (body['experiment'] as { artifact_location: string }).artifact_location };
}

describe('--backend-store-uri', () => {
  test.each([
    ['sqlite:///sub/my.db', 'sub/my.db'],
    ['sqlite:///my.db?timeout=10', 'my.db'],
    ['./store', 'store/trainyard.db'],
    ['file:./store', 'store/trainyard.db'],
  ])('%s is relative to the working directory, and found again at the next start', async (uri, file) => {
    {
      await using first = await started(['--backend-store-uri', uri]);
      await first.server.experiment('kept');
      expect(existsSync(join(cwd, file))).toBe(true);
      expect(existsSync(join(cwd, 'data', 'trainyard.db'))).toBe(false);
    }
    await using second = await started([], { MLFLOW_BACKEND_STORE_URI: uri });
    expect((await second.server.get('experiments/get-by-name', { experiment_name: 'kept' })).status).toBe(200);
  });

  test('may be absolute', async () => {
    await using running = await started(['--backend-store-uri', `sqlite:///${join(cwd, 'a', 'b.db')}`]);
    await running.server.experiment('x');
    expect(existsSync(join(cwd, 'a', 'b.db'))).toBe(true);
  });

  test.each(['mysql+pymysql://u:secret@h/db', 'mssql://h/db', 'sqlite://', 'http://127.0.0.1:5000', 'databricks://x'])(
    '%s is refused in a sentence, without its password',
    async (uri) => {
      const { code, logs } = await refusedStart(['--backend-store-uri', uri]);
      expect(code).toBe(2);
      expect(logs).toContain('use postgresql://…, sqlite:///FILE, or a folder');
      expect(logs).not.toContain('secret');
    },
  );

  test("a folder with runs in MLflow's own file layout is not taken for an empty store", async () => {
    mkdirSync(join(cwd, 'mlruns', '0'), { recursive: true });
    writeFileSync(join(cwd, 'mlruns', '0', 'meta.yaml'), 'name: Default\n');
    const { code, logs } = await refusedStart(['--backend-store-uri', 'mlruns']);
    expect(code).toBe(2);
    expect(logs).toContain("MLflow's file layout");
  });

  describeWith('postgres', 'of a Postgres server', () => {
    test.each(['postgresql', 'postgresql+psycopg2', 'postgres'])('%s://…', async (scheme) => {
      await using database = await freshDatabase();
      await using running = await started(['--backend-store-uri', database.url.replace(/^postgresql/u, scheme)]);
      await running.server.experiment('x');
      expect(existsSync(join(cwd, 'data', 'trainyard.db'))).toBe(false);
    });
  });
});

describe('--artifacts-destination', () => {
  test.each([
    ['files', 'files'],
    ['./deep/files/', 'deep/files'],
    ['file:files', 'files'],
  ])('%s is a folder below the working directory, laid out as MLflow does', async (uri, folder) => {
    await using running = await started(['--artifacts-destination', uri]);
    const run_id = await running.server.run('0');
    const path = `0/${run_id}/artifacts/a b/c.txt`;
    await running.server.raw('PUT', `/api/2.0/mlflow-artifacts/artifacts/${encodeURI(path)}`, { body: 'content' });
    expect(readFileSync(join(cwd, folder, path), 'utf8')).toBe('content');
    expect((await running.server.get('/get-artifact', { run_id, path: 'a b/c.txt' })).body['text']).toBe('content');
  });

  test('may be absolute, and a file URL', async () => {
    await using running = await started([], { MLFLOW_ARTIFACTS_DESTINATION: `file://${cwd}/abs%20olute` });
    await running.server.raw('PUT', '/api/2.0/mlflow-artifacts/artifacts/x', { body: 'content' });
    expect(readFileSync(join(cwd, 'abs olute', 'x'), 'utf8')).toBe('content');
  });

  test.each(['gs://bucket/x', 'mlflow-artifacts:/', 'hdfs://h/x'])('%s is refused in a sentence', async (uri) => {
    const { code, logs } = await refusedStart(['--artifacts-destination', uri]);
    expect(code).toBe(2);
    expect(logs).toContain('use s3://BUCKET/PREFIX or a folder');
  });

  test('a store that does not answer ends the start in a sentence', { timeout: 30_000 }, async () => {
    const env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', MLFLOW_S3_ENDPOINT_URL: 'http://127.0.0.1:9' };
    const { code, logs } = await refusedStart(['--artifacts-destination', 's3://bucket/x'], env);
    expect(code).toBe(1);
    expect(logs).toContain('The file store s3://bucket/x does not answer (ECONNREFUSED)');
  });

  describeWith('minio', 'of a bucket', () => {
    test('with the wrong keys, or without the bucket, ends the start in a sentence', { timeout: 30_000 }, async () => {
      await using bucket = await freshBucket();
      const args = ['--artifacts-destination', `s3://${bucket.name}/x`];
      const missing = await refusedStart(args, bucket.env);
      expect(missing.code).toBe(1);
      expect(missing.logs).toContain('the bucket does not exist; make it, or set blobs.create_bucket');
      const wrong = await refusedStart(args, { ...bucket.env, AWS_SECRET_ACCESS_KEY: 'wrong' });
      expect(wrong.logs).toContain('the secret key does not belong to the access key');
    });
  });
});

describe('--default-artifact-root', () => {
  test('is mlflow-artifacts:/ where it is not given', async () => {
    await using running = await started([]);
    expect(await locationOf(running.server, 'e')).toEqual({ id: '1', location: 'mlflow-artifacts:/1' });
  });

  test.each([
    ['mlflow-artifacts:/', 'mlflow-artifacts:/1'],
    ['mlflow-artifacts:/team/a/', 'mlflow-artifacts:/team/a/1'],
    ['mlflow-artifacts://elsewhere:5000/x', 'mlflow-artifacts://elsewhere:5000/x/1'],
    ['gs://bucket/path', 'gs://bucket/path/1'],
    ['./mlruns', '{cwd}/mlruns/1'],
    ['mlruns/', '{cwd}/mlruns/1'],
    ['file:mlruns', 'file://{cwd}/mlruns/1'],
    ['{cwd}/mlruns', '{cwd}/mlruns/1'],
    ['file://{cwd}/mlruns', 'file://{cwd}/mlruns/1'],
  ])('%s is what new experiments lie below', async (root, location) => {
    const here = (text: string) => text.replace('{cwd}', cwd);
    await using running = await started(['--default-artifact-root', here(root)]);
    expect(await locationOf(running.server, 'e')).toEqual({ id: '1', location: here(location) });
  });

  test('holds the default experiment too, which stays where it is once it has a run', async () => {
    const place = async ({ server }: { readonly server: MlflowServer }) =>
      ((await server.get('experiments/get', { experiment_id: '0' })).body['experiment'] as { artifact_location: string }).artifact_location;
    {
      await using first = await started([]);
      expect(await place(first)).toBe('mlflow-artifacts:/0');
    }
    {
      await using second = await started(['--default-artifact-root', 'mlruns']);
      expect(await place(second)).toBe(join(cwd, 'mlruns', '0'));
      await second.server.run('0');
    }
    await using third = await started([]);
    expect(await place(third)).toBe(join(cwd, 'mlruns', '0'));
  });

  test.each([[], ['--default-artifact-root', 'mlruns']])('takes every path of a file or refuses it in words (%s %s)', async (...args) => {
    await using running = await started(args);
    const { server } = running;
    const run_uuid = await server.run((await locationOf(server, 'e')).id);
    const upload = async (path: string): Promise<number> => {
      const query = new URLSearchParams({ run_uuid, path });
      return (await server.raw('POST', `/ajax-api/2.0/mlflow/upload-artifact?${query}`, { body: 'content' })).status;
    };
    const read = async (path: string) => server.get('/get-artifact', { run_uuid, path });
    for (const path of [`${'d/'.repeat(200)}f`, 'x'.repeat(255), 'ü/名前 😀.txt', 'a+b;c&d=e', '.hidden']) {
      expect([path, await upload(path)]).toEqual([path, 200]);
      expect((await read(path)).body).toEqual({ text: 'content' });
    }
    for (const path of ['x'.repeat(256), `${'y'.repeat(256)}/f`, `${'z'.repeat(200)}/`.repeat(25)]) {
      expect([path, await upload(path)]).toEqual([path, 400]);
      expect((await read(path)).status).toBeLessThan(500);
      expect((await server.get('artifacts/list', { run_id: run_uuid, path })).status).toBeLessThan(500);
    }
    expect(await upload('.hidden/below a file')).toBe(409);
    expect(await upload('ü')).toBe(409);
    const { files } = (await server.get('artifacts/list', { run_id: run_uuid })).body as { files: { path: string }[] };
    expect(files.map(({ path }) => path)).toEqual(['.hidden', 'a+b;c&d=e', 'd', 'x'.repeat(255), 'ü']);
  });

  test('a folder is written by clients of this machine and read by the server, and nothing beside it', async () => {
    await using running = await started([], { MLFLOW_DEFAULT_ARTIFACT_ROOT: './mlruns' });
    const { server } = running;
    const run_id = await server.run((await locationOf(server, 'e')).id);
    const folder = join(cwd, 'mlruns', '1', run_id, 'artifacts');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'a.txt'), 'content');
    expect((await server.get('artifacts/list', { run_id })).body['files']).toEqual([{ path: 'a.txt', is_dir: false, file_size: 7 }]);
    expect((await server.get('/get-artifact', { run_id, path: 'a.txt' })).body['text']).toBe('content');
    writeFileSync(join(cwd, 'secret'), 'secret');
    expect((await server.get('/api/v1/artifacts/read', { uri: `file://${cwd}`, path: 'secret' })).status).toBe(400);
    symlinkSync(cwd, join(folder, 'link'));
    for (const path of ['link/secret', '../../../../secret', '%2e%2e/%2e%2e/%2e%2e/%2e%2e/secret'])
      expect((await server.get('/get-artifact', { run_id, path })).status).toBe(400);
    const written = await server.raw('POST', `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${run_id}&path=link/new`, { body: 'x' });
    expect([written.status, existsSync(join(cwd, 'new'))]).toEqual([400, false]);
    const unfinished = `b.txt.${randomUUID()}.part`;
    writeFileSync(join(folder, unfinished), 'half');
    expect((await server.get('artifacts/list', { run_id })).body['files']).toEqual([{ path: 'a.txt', is_dir: false, file_size: 7 }]);
    expect((await server.get('/get-artifact', { run_id, path: unfinished })).status).toBe(404);
  });

  describeWith('python', "MLflow's own client", () => {
    test('writes to the folder by itself', { timeout: 60_000 }, async () => {
      await using running = await started(['--default-artifact-root', 'mlruns']);
      const script = `
import mlflow
mlflow.set_experiment("local")
with mlflow.start_run() as run:
    mlflow.log_text("content", "a/b.txt")
print(mlflow.artifacts.load_text(run.info.artifact_uri + "/a/b.txt"), run.info.run_id)`;
      const { code, stdout, logs } = await runPython('-c', [script], { MLFLOW_TRACKING_URI: running.product.url });
      expect(code, logs).toBe(0);
      const run_id = /^content (\w+)/mu.exec(stdout)?.[1] ?? '';
      expect(readFileSync(join(cwd, 'mlruns', '1', run_id, 'artifacts', 'a', 'b.txt'), 'utf8')).toBe('content');
      expect((await running.server.get('/get-artifact', { run_id, path: 'a/b.txt' })).body['text']).toBe('content');
    });
  });

  describeWith('minio', 'in a bucket', () => {
    test('clients write to the bucket, the server reads there, and proxied files stay in its own folder', async () => {
      await using bucket = await freshBucket();
      const env = { ...bucket.env, TRAINYARD__BLOBS__CREATE_BUCKET: 'true' };
      await using running = await started(['--default-artifact-root', `s3://${bucket.name}/direct`], env);
      const { server } = running;
      const { id, location } = await locationOf(server, 'e');
      expect(location).toBe(`s3://${bucket.name}/direct/1`);
      const run_id = await server.run(id);
      expect((await server.get('artifacts/list', { run_id })).body['files']).toBeUndefined();
      const Key = `direct/1/${run_id}/artifacts/a.txt`;
      await bucket.client.send(new PutObjectCommand({ Bucket: bucket.name, Key, Body: 'content' }));
      expect((await server.get('/get-artifact', { run_id, path: 'a.txt' })).body['text']).toBe('content');
      await server.raw('PUT', '/api/2.0/mlflow-artifacts/artifacts/x', { body: 'here' });
      expect(readFileSync(join(cwd, 'data', 'artifacts', 'x'), 'utf8')).toBe('here');
    });
  });
});
