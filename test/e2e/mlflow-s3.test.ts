import { HeadObjectCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeWith } from '#test/harness/available.ts';
import { type Product, startProduct } from '#test/harness/product.ts';
import { runPython } from '#test/harness/python.ts';
import { type FreshBucket, freshBucket } from '#test/harness/s3.ts';
import { MlflowServer } from './mlflow-server.ts';

const roles = ['--target', 'tracking,registry,artifacts'];
const PROXY = '/api/2.0/mlflow-artifacts';

describeWith('minio', 'artifacts on S3', () => {
  let bucket: FreshBucket;
  let product: Product;
  let server: MlflowServer;
  beforeAll(async () => {
    bucket = await freshBucket();
    const places = ['--artifacts-destination', `s3://${bucket.name}/team/a`, '--default-artifact-root', 'mlflow-artifacts:/'];
    product = await startProduct({ args: [...roles, ...places], env: { ...bucket.env, TRAINYARD__BLOBS__CREATE_BUCKET: 'true' } });
    server = new MlflowServer(product.url);
  });
  afterAll(async () => {
    await product?.[Symbol.asyncDispose]();
    await bucket[Symbol.asyncDispose]();
  });

  const put = (path: string, body: string) => server.raw('PUT', `${PROXY}/artifacts/${path}`, { body });

  test('lie where MLflow would keep them, and come back through the proxy', async () => {
    const run_id = await server.run('0');
    expect((await put(`0/${run_id}/artifacts/a/b.txt`, 'content')).status).toBe(200);
    const Key = `team/a/0/${run_id}/artifacts/a/b.txt`;
    expect((await bucket.client.send(new HeadObjectCommand({ Bucket: bucket.name, Key }))).ContentLength).toBe(7);
    expect((await server.get('artifacts/list', { run_id })).body['files']).toEqual([{ path: 'a', is_dir: true }]);
    expect((await server.get('/get-artifact', { run_id, path: 'a/b.txt' })).body['text']).toBe('content');
    expect((await server.raw('DELETE', `${PROXY}/artifacts/0/${run_id}/artifacts`, {})).status).toBe(200);
    expect((await server.get('artifacts/list', { run_id })).body['files']).toBeUndefined();
  });

  test('are found by their s3 address below the same place, and not elsewhere', async () => {
    await put('9/x/f.txt', 'content');
    const read = (uri: string) => server.get('/api/v1/artifacts/read', { uri, path: 'f.txt' });
    expect((await read(`s3://${bucket.name}/team/a/9/x`)).body['text']).toBe('content');
    for (const uri of [`s3://${bucket.name}/team`, `s3://${bucket.name}/team/ab`, 's3://other/team/a', `s3://${bucket.name}/team/a/../b`])
      expect((await read(uri)).status).toBe(400);
  });

  test('are uploaded in parts by signed URLs', async () => {
    const answer = await server.post(`${PROXY}/mpu/create/0/parts`, { path: '/tmp/some/where/file.bin', num_parts: 2 });
    const { upload_id, credentials } = answer.body as unknown as { upload_id: string; credentials: { url: string; part_number: number }[] };
    expect(credentials.map(({ part_number }) => part_number)).toEqual([1, 2]);
    const parts = [];
    for (const [i, { url, part_number }] of credentials.entries()) {
      const sent = await fetch(url, { method: 'PUT', body: i === 0 ? Buffer.alloc(5 * 1024 * 1024) : 'end' });
      parts.push({ part_number, etag: sent.headers.get('etag'), url });
    }
    const finish = { path: 'file.bin', upload_id, parts };
    expect((await server.get(`${PROXY}/artifacts`, { path: '0/parts' })).body).toEqual({});
    expect(await server.post(`${PROXY}/mpu/complete/0/parts`, finish)).toMatchObject({ status: 200, body: {} });
    const size = 5 * 1024 * 1024 + 3;
    expect((await server.get(`${PROXY}/artifacts`, { path: '0/parts' })).body).toMatchObject({
      files: [{ path: 'file.bin', file_size: size }],
    });
    expect(await server.post(`${PROXY}/mpu/complete/0/parts`, finish)).toMatchObject({
      status: 400,
      body: { error_code: 'INVALID_PARAMETER_VALUE' },
    });
    const signed = (await server.get(`${PROXY}/presigned/0/parts/file.bin`)).body as unknown as { url: string; file_size: number };
    expect(signed.file_size).toBe(size);
    expect((await fetch(signed.url, { headers: { range: 'bytes=5242880-' } })).status).toBe(206);
    expect((await server.get(`${PROXY}/presigned/0/parts/nothing`)).status).toBe(404);
  });

  test('an upload in parts that is given up leaves nothing', async () => {
    const { body } = await server.post(`${PROXY}/mpu/create/0/gone`, { path: 'f', num_parts: 1 });
    const given = { path: 'f', upload_id: body['upload_id'] };
    expect(await server.post(`${PROXY}/mpu/abort/0/gone`, given)).toMatchObject({ status: 200, body: {} });
    expect((await server.post(`${PROXY}/mpu/abort/0/gone`, given)).status).toBe(200);
    const left = await bucket.client.send(new ListMultipartUploadsCommand({ Bucket: bucket.name, Prefix: 'team/a/0/gone/f' }));
    expect(left.Uploads ?? []).toEqual([]);
  });

  test.each([
    ['create', { path: 'f', num_parts: 0 }],
    ['create', { path: 'f', num_parts: 10_001 }],
    ['create', { path: '..', num_parts: 1 }],
    ['create', { num_parts: 1 }],
    ['complete', { path: 'f', upload_id: 'x', parts: [] }],
    ['complete', { path: 'f', upload_id: 'x', parts: [{ part_number: 1, etag: 'x' }] }],
    ['complete', { path: 'f', parts: [{ part_number: 1, etag: 'x' }] }],
    ['abort', { path: 'f' }],
  ])('a bad request to %s an upload is refused: %j', async (verb, body) => {
    expect((await server.post(`${PROXY}/mpu/${verb}/0/x`, body)).status).toBe(400);
  });

  describe('in a bucket that the run names', () => {
    const experiment = (location: string) =>
      server.ok<{ experiment_id: string }>('experiments/create', { name: location, artifact_location: location });

    test('are written and read by presigned URLs', async () => {
      const { experiment_id } = await experiment(`s3://${bucket.name}/team/a/direct`);
      const run_id = await server.run(experiment_id);
      const up = await server.post('artifacts/presigned-upload-url', { run_id, path: 'model/x.json' });
      const { presigned_url, headers } = up.body as unknown as { presigned_url: string; headers: Record<string, string> };
      expect(headers).toEqual({ 'Content-Type': 'application/json' });
      expect((await fetch(presigned_url, { method: 'PUT', body: '{}', headers })).status).toBe(200);
      expect((await server.get('artifacts/list', { run_id, path: 'model' })).body['files']).toEqual([
        { path: 'model/x.json', is_dir: false, file_size: 2 },
      ]);
      const down = await server.post('artifacts/presigned-download-url', { run_id, path: 'model/x.json', expiration: 60 });
      expect(down.body).toMatchObject({ file_size: 2 });
      expect(await (await fetch(down.body['presigned_url'] as string)).json()).toEqual({});
    });

    test('that the server does not know are out of its reach', async () => {
      const { experiment_id } = await experiment('s3://somebody-elses-bucket/x');
      const run_id = await server.run(experiment_id);
      expect((await server.get('artifacts/list', { run_id })).body.message).toContain('does not keep the artifacts');
      expect((await server.post('artifacts/presigned-upload-url', { run_id, path: 'x' })).status).toBe(400);
    });

    test('and of a proxied run there are no presigned URLs, in the words of MLflow', async () => {
      const run_id = await server.run('0');
      for (const verb of ['upload', 'download']) {
        expect(await server.post(`artifacts/presigned-${verb}-url`, { run_id, path: 'x' })).toMatchObject({
          status: 400,
          body: { message: expect.stringMatching(/^Presigned \w+ is not supported for (runs with )?proxied artifact storage/u) },
        });
        expect((await server.post(`artifacts/presigned-${verb}-url`, { run_id, path: '../x' })).body.message).toBe('Invalid path');
      }
    });
  });

  /** How many signed URLs were handed out so far. */
  const presignedAnswers = async (): Promise<number> => {
    const metrics = await (await fetch(`${product.url}/metrics`)).text();
    return Number(/^http_requests_total\{(?=.*presigned\/\*)(?=.*2xx).*\} (\d+)/mu.exec(metrics)?.[1] ?? 0);
  };

  describeWith('python', "MLflow's own client", () => {
    test.each([
      ['its environment tells it to', { MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: 'true', MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD: 'true' }],
      ['the server says that it can', {}],
    ])('uploads in parts and downloads by signed URLs where %s', { timeout: 60_000 }, async (_, told) => {
      const before = await presignedAnswers();
      const chunk = String(5 * 1024 * 1024);
      const { code, stdout, logs } = await runPython(new URL('./python/mlflow_parts.py', import.meta.url), [], {
        MLFLOW_TRACKING_URI: product.url,
        ...told,
        MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE: chunk,
        MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE: chunk,
        MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE: chunk,
      });
      expect(code, logs).toBe(0);
      const [, experiment, run] = /^run (\S+) (\S+)/mu.exec(stdout) ?? [];
      const Key = `team/a/${experiment}/${run}/artifacts/deep/er/große datei.bin`;
      const found = await bucket.client.send(new HeadObjectCommand({ Bucket: bucket.name, Key }));
      // S3 names the number of parts in the tag; through the proxy a file of this size is sent whole.
      expect(found.ETag).toMatch(/-3"$/u);
      expect(await presignedAnswers()).toBe(before + 3);
    });
  });
});
