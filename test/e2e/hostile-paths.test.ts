import { mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeWith } from '#test/harness/available.ts';
import { type Product, startProduct } from '#test/harness/product.ts';
import { type FreshBucket, freshBucket } from '#test/harness/s3.ts';
import { MlflowServer } from './mlflow-server.ts';

// The family of MLflow's published path vulnerabilities, tried against the running server: CVE-2023-1177, -2356, -2780, -6015, -6018, -6753, -6831,
// -6909, -6975, -6976, -6977, CVE-2024-1483, -1558, -1560, -1593, -1594, -2928, -3573, -3848, CVE-2025-11201.

const SECRET = 'the secret of somebody else';
const PROXY = '/api/2.0/mlflow-artifacts';

/** Ways out of a folder, as they are written in a URL path. */
const escapes = [
  '../secret',
  '..',
  'a/../../secret',
  './../secret',
  '%2e%2e/secret',
  '%2E%2E%2Fsecret',
  '..%2fsecret',
  'a%2f..%2f..%2fsecret',
  '%252e%252e/secret',
  '%252e%252e%252fsecret',
  '%25252e%25252e%25252fsecret',
  '%2e%252e%2fsecret',
  '..%5csecret',
  '..%255csecret',
  'a%5c..%5c..%5csecret',
  '%2fetc/passwd',
  '/etc/passwd',
  '//etc/passwd',
  '%252fetc%252fpasswd',
  'file:%2f%2f%2fetc/passwd',
  'C:%5csecret',
  'C%3a/secret',
  'a%00/../../secret',
  'secret%00.txt',
  'a%2500b',
  'a%23/../../secret',
  'x%2523/secret',
  'a;/../../secret',
  '%c0%ae%c0%ae/secret',
  'a%0a../secret',
];

/** The same in a query or a JSON body, where nothing is decoded once more by the transport. */
const plainEscapes = escapes.flatMap((path) => {
  try {
    return [decodeURIComponent(path)];
  } catch {
    return [];
  }
});

interface Reply {
  readonly status: number;
  readonly text: string;
}

/** Sends a request target as it is: `fetch` would tidy the path. */
async function send(base: string, method: string, target: string, body = ''): Promise<Reply> {
  const { hostname, port } = new URL(base);
  const socket = connect(Number(port), hostname);
  const head = [`${method} ${target} HTTP/1.1`, `Host: ${hostname}:${port}`, 'Content-Type: application/json', 'Connection: close'];
  socket.write(`${head.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  const text = Buffer.concat(await Array.fromAsync(socket as AsyncIterable<Buffer>)).toString();
  return { status: Number(/^HTTP\/1\.1 (\d+)/u.exec(text)?.[1]), text };
}

/** A store with a secret right beside it. */
interface Target {
  readonly product: Product;
  readonly server: MlflowServer;
  /** Everything beside the artifacts, by name and content. */
  readonly outside: () => Promise<string>;
}

function suite(target: () => Target): void {
  const attack = async (method: string, path: string, body?: object): Promise<void> => {
    const before = await target().outside();
    const { status, text } = await send(target().product.url, method, path, body === undefined ? '' : JSON.stringify(body));
    expect([status, text]).toEqual([400, expect.not.stringContaining(SECRET)]);
    expect(await target().outside()).toBe(before);
  };

  describe.each(escapes)('the path %s', (path) => {
    test.each(['GET', 'PUT', 'DELETE'])('of the proxy, by %s', (method) => attack(method, `${PROXY}/artifacts/${path}`));
    test('of a signed URL', () => attack('GET', `${PROXY}/presigned/${path}`));
    test('of an upload in parts', async () => {
      await attack('POST', `${PROXY}/mpu/create/${path}`, { path: 'f', num_parts: 1 });
      await attack('POST', `${PROXY}/mpu/complete/${path}`, { path: 'f', upload_id: 'x', parts: [{ part_number: 1, etag: 'x' }] });
      await attack('POST', `${PROXY}/mpu/abort/${path}`, { path: 'f', upload_id: 'x' });
    });
  });

  test.each(plainEscapes)('the parameter %j, wherever a path is one', async (path) => {
    const { server } = target();
    const run_id = await server.run('0');
    const { model } = await server.ok<{ model: { info: { model_id: string } } }>('logged-models', { experiment_id: '0', name: 'm' });
    const query = (pairs: Record<string, string>) => new URLSearchParams(pairs).toString();
    await attack('GET', `${PROXY}/artifacts?${query({ path })}`);
    await attack('GET', `/api/2.0/mlflow/artifacts/list?${query({ run_id, path })}`);
    await attack('GET', `/get-artifact?${query({ run_id, path })}`);
    await attack('POST', `/ajax-api/2.0/mlflow/upload-artifact?${query({ run_uuid: run_id, path })}`, {});
    const ofModel = `/ajax-api/2.0/mlflow/logged-models/${model.info.model_id}/artifacts`;
    await attack('GET', `${ofModel}/files?${query({ artifact_file_path: path })}`);
    await attack('GET', `${ofModel}/directories?${query({ artifact_directory_path: path })}`);
    await attack('GET', `/api/v1/artifacts/read?${query({ uri: 'mlflow-artifacts:/0', path })}`);
    // Behind two slashes the first part is the name of a host.
    if (!path.startsWith('/')) await attack('GET', `/api/v1/artifacts/list?${query({ uri: `mlflow-artifacts:/${path}` })}`);
    await attack('POST', '/api/2.0/mlflow/artifacts/presigned-upload-url', { run_id, path });
    await attack('POST', '/api/2.0/mlflow/artifacts/presigned-download-url', { run_id, path });
  });

  describe('a version whose files are said to be', () => {
    test.each([
      'file:///etc',
      'file:/etc',
      'file://localhost/etc',
      'FILE:///etc',
      '/etc',
      '//proc/self/root',
      './etc',
      'etc',
      'file:///a/../../etc',
      'mlflow-artifacts:/../../etc',
      'mlflow-artifacts:/a/%2e%2e/%2e%2e/etc',
      'mlflow-artifacts:/a/%252e%252e/etc',
      'mlflow-artifacts://host/../../etc',
      'http://host/api/2.0/mlflow-artifacts/artifacts/../../etc',
      's3://bucket/a/../../etc',
      's3://bucket/%2e%2e/etc',
      'runs:/../../etc',
      'models:/../etc',
      'http://host/x/%2525252e%2525252e/etc',
    ])('at %s', async (source) => {
      const { server } = target();
      const name = `m ${source.replace(/[/:]/gu, '_')}`;
      await server.ok('registered-models/create', { name });
      const { status, body } = await server.post('model-versions/create', { name, source });
      expect([400, 404]).toContain(status);
      expect(JSON.stringify(body)).not.toContain('root:');
    });

    test.each([
      'http://host/#/../../../etc',
      's3://bucket/x#/../../etc',
      'http:///?/../../../etc',
      'http:///;/../../etc',
      's3://other/x',
      'https://127.0.0.1:1/x',
    ])('at %s is never read by the server', async (source) => {
      const { server, product } = target();
      const name = `r ${source.replace(/[/:]/gu, '_')}`;
      await server.ok('registered-models/create', { name });
      const { status } = await server.post('model-versions/create', { name, source });
      if (status === 200) {
        const read = await send(
          product.url,
          'GET',
          `/model-versions/get-artifact?${new URLSearchParams({ name, version: '1', path: 'passwd' })}`,
        );
        expect([read.status, read.text]).toEqual([400, expect.not.stringContaining('root:')]);
      } else expect(status).toBe(400);
    });
  });

  test.each([
    '/etc',
    'file:///etc',
    'file:///proc/self/root/etc',
    'file://./etc',
    '../../../etc',
    'file:///x/../etc',
    'file:///x/%2e%2e/etc',
    'mlflow-artifacts:/../../etc',
    'mlflow-artifacts:/%2e%2e/%2e%2e/etc',
    'http:///#/../../../etc',
    'mlflow-artifacts:/#/../../../etc',
    'http:///?/../../../etc',
    'mlflow-artifacts:/x?/../../../etc',
    'mlflow-artifacts:/x;/../../../etc',
    's3://bucket/../etc',
    'ftp://127.0.0.1/etc',
  ])('an experiment that is said to keep its artifacts at %s cannot reach there', async (artifact_location) => {
    const { server, product } = target();
    const made = await server.post('experiments/create', { name: `at ${artifact_location}`, artifact_location });
    if (made.status !== 200) return expect(made.status).toBe(400);
    const run_id = await server.run(made.body['experiment_id'] as string);
    for (const path of ['passwd', '../../passwd', '../../../artifacts/passwd']) {
      const read = await send(product.url, 'GET', `/get-artifact?${new URLSearchParams({ run_id, path })}`);
      expect([read.status, read.text]).toEqual([expect.toBeOneOf([400, 404]), expect.not.stringContaining('root:')]);
    }
    const written = await send(product.url, 'POST', `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${run_id}&path=x`, '{}');
    expect(written.status).toBe(artifact_location.startsWith('mlflow-artifacts:') ? 200 : 400);
  });
}

/** All files below a folder with their content, links not followed. */
function snapshot(folder: string, except: string): string {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).filter((path) => !path.startsWith(except));
  return paths
    .filter((path) => !/\.(?:db|db-wal|db-shm|lock)$/u.test(path))
    .sort()
    .map((path) => `${path}=${readFileSync(path, 'utf8')}`)
    .join('\n');
}

describe('no way out of the artifacts', () => {
  let cwd: string;
  beforeAll(async () => {
    cwd = realpathSync(await mkdtemp(join(tmpdir(), 'trainyard-hostile-')));
    mkdirSync(join(cwd, 'store'));
    for (const path of ['secret', 'store/secret', 'secret.txt']) writeFileSync(join(cwd, path), SECRET);
  });
  afterAll(() => rm(cwd, { recursive: true, force: true }));

  describe('in files', () => {
    let target: Target;
    beforeAll(async () => {
      const root = join(cwd, 'store', 'files');
      const args = ['--target', 'tracking,registry,artifacts', '--artifacts-destination', root];
      const product = await startProduct({ args, cwd, data: join(cwd, 'data') });
      target = { product, server: new MlflowServer(product.url), outside: async () => snapshot(cwd, root) };
    });
    afterAll(() => target.product[Symbol.asyncDispose]());
    suite(() => target);

    test('through a link below them', async () => {
      const { server, product, outside } = target;
      symlinkSync(cwd, join(cwd, 'store', 'files', 'link'));
      symlinkSync(join(cwd, 'secret'), join(cwd, 'store', 'files', 'direct'));
      const before = await outside();
      for (const path of ['link/secret', 'direct', 'link/store/secret']) {
        const read = await send(product.url, 'GET', `${PROXY}/artifacts/${path}`);
        expect([read.status, read.text]).toEqual([400, expect.not.stringContaining(SECRET)]);
      }
      for (const [method, path] of [
        ['PUT', 'link/new'],
        ['PUT', 'link/secret'],
        ['DELETE', 'link/secret'],
      ] as const)
        expect((await send(product.url, method, `${PROXY}/artifacts/${path}`, 'overwritten')).status).toBe(400);
      await send(product.url, 'DELETE', `${PROXY}/artifacts/link`);
      expect(JSON.stringify((await server.get(`${PROXY}/artifacts`, { path: '' })).body)).not.toContain('secret');
      expect(await outside()).toBe(before);
    });
  });

  describeWith('minio', 'in a bucket', () => inBucket(() => cwd));
});

function inBucket(cwd: () => string): void {
  let target: Target;
  let bucket: FreshBucket;
  beforeAll(async () => {
    bucket = await freshBucket();
    const { client, name } = bucket;
    await client.send(new CreateBucketCommand({ Bucket: name }));
    for (const Key of ['secret', 'store/secret', 'store/files-beside/secret'])
      await client.send(new PutObjectCommand({ Bucket: name, Key, Body: SECRET }));
    const args = ['--target', 'tracking,registry,artifacts', '--artifacts-destination', `s3://${name}/store/files`];
    const product = await startProduct({ args, cwd: cwd(), data: join(cwd(), 'data-s3'), env: bucket.env });
    const objects = async (): Promise<string[]> => {
      const pages = await Array.fromAsync(paginateListObjectsV2({ client }, { Bucket: name }));
      const all = pages.flatMap(({ Contents = [] }) => Contents.map(({ Key = '', ETag }) => `${Key}=${ETag}`));
      return all.filter((each) => !each.startsWith('store/files/'));
    };
    const outside = async () => [snapshot(cwd(), join(cwd(), 'store', 'files')), ...(await objects())].join('\n');
    target = { product, server: new MlflowServer(product.url), outside };
  });
  afterAll(async () => {
    await target.product[Symbol.asyncDispose]();
    await bucket[Symbol.asyncDispose]();
  });
  suite(() => target);
}
