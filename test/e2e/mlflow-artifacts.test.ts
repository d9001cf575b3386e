import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Product, startProduct } from '#test/harness/product.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { MlflowServer } from './mlflow-server.ts';

const ROOT = '/api/2.0/mlflow-artifacts/artifacts';

let product: Product;
let server: MlflowServer;
beforeAll(async () => {
  product = await startProduct({ args: ['--target', 'tracking,registry,artifacts'] });
  server = new MlflowServer(product.url);
});
afterAll(() => product[Symbol.asyncDispose]());

const put = (path: string, body: string | Uint8Array<ArrayBuffer>) => server.raw('PUT', `${ROOT}/${path}`, { body });

/** Sends a request line as it is: `fetch` would tidy the path. */
async function rawStatus(method: string, path: string): Promise<number> {
  const { hostname, port } = new URL(product.url);
  const socket = connect(Number(port), hostname);
  socket.write(`${method} ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  const answer = Buffer.concat(await Array.fromAsync(socket as AsyncIterable<Buffer>)).toString();
  return Number(/^HTTP\/1\.1 (\d+)/u.exec(answer)?.[1]);
}

describe('a file through the proxy', () => {
  test.each([
    ['plain.txt', 'plain.txt', 'text/plain', 'attachment; filename=plain.txt'],
    ['a%20b%2Bc.csv', 'a b+c.csv', 'text/csv', 'attachment; filename="a b+c.csv"'],
    ['100%25.json', '100%.json', 'application/json', 'attachment; filename=100%.json'],
    ['gr%C3%B6%C3%9Fe.png', 'größe.png', 'image/png', "attachment; filename=groe.png; filename*=UTF-8''gr%C3%B6%C3%9Fe.png"],
    ['%E6%97%A5%E6%9C%AC', '日本', 'application/octet-stream', "attachment; filename=download; filename*=UTF-8''%E6%97%A5%E6%9C%AC"],
    ['MLmodel', 'MLmodel', 'text/plain', 'attachment; filename=MLmodel'],
  ])('%s comes back whole under its name', async (path, name, type, disposition) => {
    expect(await put(`names/${path}`, 'content')).toMatchObject({ status: 200, body: {} });
    const response = await fetch(`${product.url}${ROOT}/names/${path}`);
    expect(await response.text()).toBe('content');
    expect(response.headers.get('content-type')).toContain(type);
    expect(response.headers.get('content-disposition')).toBe(disposition);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-length')).toBe('7');
    const { body } = await server.get(ROOT, { path: 'names' });
    expect(body['files']).toContainEqual({ path: name, is_dir: false, file_size: 7 });
  });

  test('is listed by its name below folders that have no size; what is not there lists nothing', async () => {
    await put('tree/a/b/c.txt', '1');
    await put('tree/a/d.txt', '22');
    expect((await server.get(ROOT, { path: 'tree' })).body).toEqual({ files: [{ path: 'a', is_dir: true }] });
    expect((await server.get(ROOT, { path: 'tree/a' })).body).toEqual({
      files: [
        { path: 'b', is_dir: true },
        { path: 'd.txt', is_dir: false, file_size: 2 },
      ],
    });
    expect(await server.get(ROOT, { path: 'nowhere' })).toMatchObject({ status: 200, body: {} });
    expect(await server.raw('GET', `${ROOT}/tree/nothing`, {})).toMatchObject({
      status: 404,
      body: { error_code: 'RESOURCE_DOES_NOT_EXIST' },
    });
    expect((await server.raw('GET', `${ROOT}/tree/a`, {})).status).toBe(404);
  });

  test('is deleted alone or with its folder', async () => {
    for (const name of ['x/1', 'x/y/2', 'xx']) await put(`gone/${name}`, '1');
    expect((await server.raw('DELETE', `${ROOT}/gone/x`, {})).body).toEqual({});
    expect((await server.get(ROOT, { path: 'gone' })).body['files']).toEqual([{ path: 'xx', is_dir: false, file_size: 1 }]);
    expect((await server.raw('DELETE', `${ROOT}/gone/never`, {})).status).toBe(200);
  });

  test.each([
    '../x',
    'a/../x',
    '%2e%2e/x',
    'a/%252e%252e/x',
    'a/%25252e%25252e/x',
    '..%2fx',
    'a%5c..%5cx',
    '%2fetc/passwd',
    '/etc/passwd',
    'a%00b',
    'a%23b',
    'a/./b',
    'C:%5Cx',
    '%',
    '%zz',
  ])('with the path %s is refused', async (path) => {
    for (const method of ['PUT', 'GET', 'DELETE']) expect(await rawStatus(method, `${ROOT}/${path}`)).toBe(400);
  });

  test('and a listing with a bad path is refused', async () => {
    for (const path of ['..', '/etc', 'a/../..', '%2e%2e', 'a\\b', '%252e%252e/']) {
      expect(await server.get(ROOT, { path })).toMatchObject({ status: 400, body: { message: 'Invalid path' } });
    }
  });

  test('an upload that is cut off leaves nothing behind', async () => {
    const { hostname, port } = new URL(product.url);
    const socket = connect(Number(port), hostname);
    socket.write(`PUT ${ROOT}/cut/file HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Length: 1000\r\n\r\nonly this`);
    await waitFor('the request to arrive', () => socket.bytesWritten > 0 && !socket.connecting);
    socket.destroy();
    expect((await server.get(ROOT, { path: 'cut' })).body).toEqual({});
    expect((await server.get('/version')).status).toBe(200);
  });

  test('of 200 MB streams both ways without growing the server', { timeout: 60_000 }, async () => {
    const block = randomBytes(1 << 20);
    const hash = createHash('sha256');
    async function* blocks() {
      for (let i = 0; i < 200; i++) {
        hash.update(block);
        yield block;
      }
    }
    const before = residentBytes(product.pid);
    const stream = ReadableStream.from(blocks()) as ReadableStream<Uint8Array>;
    const sent = await fetch(`${product.url}${ROOT}/big/file.bin`, { method: 'PUT', body: stream, duplex: 'half' } as RequestInit);
    expect(sent.status).toBe(200);
    const got = createHash('sha256');
    for await (const part of (await fetch(`${product.url}${ROOT}/big/file.bin`)).body as unknown as AsyncIterable<Uint8Array>)
      got.update(part);
    expect(got.digest('hex')).toBe(hash.digest('hex'));
    expect(residentBytes(product.pid) - before).toBeLessThan(120e6);
  });

  test('is not sent in parts or by presigned URL: the words make clients fall back', async () => {
    const parts = await server.post('/api/2.0/mlflow-artifacts/mpu/create/x', { path: 'x', num_parts: 2 });
    expect(parts).toMatchObject({ status: 501, body: { error_code: 'NOT_IMPLEMENTED' } });
    expect(parts.body.message).toMatch(/^Multipart upload is not supported for the current artifact repository/u);
    expect((await server.get('/api/2.0/mlflow-artifacts/presigned/x')).status).toBe(501);
  });
});

describe('artifacts of a run', () => {
  test('are listed from its root and read by its id', async () => {
    const run_id = await server.run('0');
    await put(`0/${run_id}/artifacts/model/MLmodel`, 'flavors: {}');
    const root_uri = `mlflow-artifacts:/0/${run_id}/artifacts`;
    expect((await server.get('artifacts/list', { run_id })).body).toEqual({ root_uri, files: [{ path: 'model', is_dir: true }] });
    expect((await server.get('artifacts/list', { run_id, path: 'model' })).body).toMatchObject({
      files: [{ path: 'model/MLmodel', file_size: 11 }],
    });
    expect((await server.get('/get-artifact', { run_uuid: run_id, path: 'model/MLmodel' })).body['text']).toBe('flavors: {}');
    expect(await server.get('/get-artifact', { run_id, path: '../x' })).toMatchObject({ status: 400, body: { message: 'Invalid path' } });
    expect((await server.get('artifacts/list', { run_id: 'a'.repeat(32) })).status).toBe(404);
    expect((await server.get('artifacts/list')).body.message).toContain("Missing value for required parameter 'run_id'");
  });

  test('are added by pages, up to 10 MB', async () => {
    const run_uuid = await server.run('0');
    const add = (query: string, body: string) => server.raw('POST', `/ajax-api/2.0/mlflow/upload-artifact?${query}`, { body });
    expect((await add(`run_uuid=${run_uuid}&path=note/a.txt`, 'hello')).status).toBe(200);
    expect((await server.get('/get-artifact', { run_id: run_uuid, path: 'note/a.txt' })).body['text']).toBe('hello');
    expect((await add(`run_uuid=${run_uuid}&path=big`, 'x'.repeat(10 * 1024 * 1024 + 1))).status).toBe(400);
    expect((await add('path=x', 'y')).body.message).toBe('Request must specify run_uuid.');
  });

  test('in a folder of this machine are only read below the roots that the configuration names', async () => {
    const id = (await server.ok<{ experiment_id: string }>('experiments/create', { name: 'local', artifact_location: '/etc' }))
      .experiment_id;
    const run_id = await server.run(id);
    expect(await server.get('/get-artifact', { run_id, path: 'passwd' })).toMatchObject({ status: 400 });
    expect(await server.get('/api/v1/artifacts/read', { uri: 'file:///etc', path: 'passwd' })).toMatchObject({
      status: 400,
      body: { code: 'ARTIFACT_LOCATION_UNREACHABLE' },
    });
    expect(await server.get('/api/v1/artifacts/read', { uri: 's3://bucket/x', path: 'y' })).toMatchObject({
      status: 400,
      body: { code: 'ARTIFACT_LOCATION_UNREACHABLE' },
    });
  });
});

describe('artifacts of models', () => {
  test('are listed and read by logged model and by version', async () => {
    const { model } = await server.ok<{ model: { info: { model_id: string } } }>('logged-models', { experiment_id: '0', name: 'm' });
    const { model_id } = model.info;
    await put(`0/models/${model_id}/artifacts/sub/weights.bin`, 'w');
    const listed = await server.get(`logged-models/${model_id}/artifacts/directories`, { artifact_directory_path: 'sub' });
    expect(listed.body['files']).toEqual([{ path: 'sub/weights.bin', is_dir: false, file_size: 1 }]);
    const path = 'sub/weights.bin';
    expect(
      (await fetch(`${product.url}/ajax-api/2.0/mlflow/logged-models/${model_id}/artifacts/files?artifact_file_path=${path}`)).status,
    ).toBe(200);
    await server.ok('registered-models/create', { name: 'm' });
    await server.ok('model-versions/create', { name: 'm', source: `models:/${model_id}` });
    expect((await fetch(`${product.url}/model-versions/get-artifact?name=m&version=1&path=${path}`)).status).toBe(200);
    const uri = `mlflow-artifacts:/0/models/${model_id}/artifacts`;
    expect(await (await fetch(`${product.url}/api/v1/artifacts/read?${new URLSearchParams({ uri, path })}`)).text()).toBe('w');
    expect((await server.get('/api/v1/artifacts/list', { uri, path: 'sub' })).body['items']).toEqual([
      { path, is_dir: false, file_size: 1 },
    ]);
  });
});

/** Memory of a process that is really in RAM (Linux). */
function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/u.exec(status)?.[1]) * 1024;
}
