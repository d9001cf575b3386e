import { request } from 'node:http';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { describeWith } from '#test/harness/available.ts';
import { gateBefore } from '#test/harness/gate.ts';
import { startProduct } from '#test/harness/product.ts';
import { freshBucket } from '#test/harness/s3.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { MlflowServer } from './mlflow-server.ts';

const ROOT = '/api/2.0/mlflow-artifacts/artifacts';
const MIB = 1 << 20;

/** The product on a bucket behind a gate that the test can shut. */
async function behindGate() {
  const bucket = await freshBucket();
  const gate = await gateBefore(Number(new URL(bucket.endpoint).port));
  const product = await startProduct({
    args: ['--target', 'tracking,registry,artifacts', '--artifacts-destination', `s3://${bucket.name}/x`],
    env: { ...bucket.env, TRAINYARD__BLOBS__CREATE_BUCKET: 'true', MLFLOW_S3_ENDPOINT_URL: `http://127.0.0.1:${gate.port}` },
  });
  const server = new MlflowServer(product.url);
  const put = (path: string, body: string) => server.raw('PUT', `${ROOT}/${path}`, { body });
  const stop = async (): Promise<void> => {
    await product[Symbol.asyncDispose]();
    await gate.shut();
    await bucket[Symbol.asyncDispose]();
  };
  return { bucket, gate, product, server, put, [Symbol.asyncDispose]: stop };
}

describeWith('minio', 'while S3 does not answer', () => {
  test('uploads and downloads say so and when to come again, all else works, and afterwards they work by themselves', {
    timeout: 60_000,
  }, async () => {
    await using running = await behindGate();
    const { gate, server, put } = running;
    expect((await put('before', 'x')).status).toBe(200);
    await gate.shut();
    for (const answer of [await put('during', 'x'), await server.get(`${ROOT}/before`), await server.get(ROOT, { path: '' })]) {
      expect(answer).toMatchObject({ status: 503, body: { error_code: 'TEMPORARILY_UNAVAILABLE' } });
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    expect((await server.get('experiments/get', { experiment_id: '0' })).status).toBe(200);
    await gate.open();
    await waitFor('the store', async () => (await put('after', 'y')).status === 200);
    expect((await server.get(ROOT, { path: '' })).body['files']).toEqual(
      ['after', 'before'].map((path) => ({ path, is_dir: false, file_size: 1 })),
    );
  });

  test('an upload that it interrupts is never visible', { timeout: 60_000 }, async () => {
    await using running = await behindGate();
    const { gate, server, put } = running;
    let sent = 0;
    async function* body() {
      for (; sent < 60; sent++) {
        if (sent === 30) await gate.shut();
        yield new Uint8Array(MIB);
      }
    }
    const answer = await server.raw('PUT', `${ROOT}/big`, { body: ReadableStream.from(body()), duplex: 'half' } as RequestInit);
    expect(answer.status).toBe(503);
    await gate.open();
    expect((await server.get(`${ROOT}/big`)).status).toBe(404);
    expect((await put('big', 'whole')).status).toBe(200);
    expect((await server.get(ROOT, { path: '' })).body['files']).toEqual([{ path: 'big', is_dir: false, file_size: 5 }]);
  });

  test('an upload whose sender goes away leaves neither a file nor parts', { timeout: 60_000 }, async () => {
    await using running = await behindGate();
    const { bucket, product, server } = running;
    const req = request(`${product.url}${ROOT}/cut`, { method: 'PUT', headers: { 'content-length': 100 * MIB } });
    req.on('error', () => {});
    const begun = async () =>
      (await bucket.client.send(new ListMultipartUploadsCommand({ Bucket: bucket.name, Prefix: 'x/cut' }))).Uploads?.length === 1;
    for (let i = 0; i < 20; i++) req.write(Buffer.alloc(MIB));
    await waitFor('the upload to begin', begun);
    req.destroy();
    await waitFor('the upload to be given up', async () => !(await begun()));
    expect((await server.get(ROOT, { path: '' })).body).toEqual({});
  });
});
