import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InspectionAnswer, UploadAnswer } from '#contract/http/platform/uploads.ts';
import { type GraphValue, writeModel } from '#onnx/model-writer.ts';
import { type Product, startProduct } from '#test/harness/product.ts';
import { waitFor } from '#test/harness/wait-for.ts';
import { post, registerOnnx } from './serving-models.ts';
import { deploy, predict, setAlias, sideModel, variantsOf } from './small-models.ts';

const ENV = {
  TRAINYARD__SERVING__GRPC_PORT: 'off',
  TRAINYARD__SERVING__MAX_UPLOAD_BYTES: '200000',
  TRAINYARD__INFERENCE__LOAD_TIMEOUT_MS: '3000',
};

let product: Product;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-upload-'));
  product = await startProduct({ env: ENV });
});
afterAll(async () => {
  await product?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Sent<T> {
  readonly status: number;
  readonly body: T & { readonly code?: string; readonly detail?: string };
}

async function send<T>(path: string, body: Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<Sent<T>> {
  const answer = await fetch(`${product.url}/api/v1/deployments/${path}`, {
    method: 'POST',
    headers,
    body: body as Uint8Array<ArrayBuffer>,
  });
  return { status: answer.status, body: (await answer.json()) as Sent<T>['body'] };
}
const inspect = (name: string, body: Uint8Array) => send<InspectionAnswer>(`${name}/inspect`, body);
const upload = (path: string, body: Uint8Array) => send<UploadAnswer>(path, body);

/** Adds `width` and `length` up, given as columns of their own or as one matrix without names. */
function sum(form: 'columns' | 'matrix'): Uint8Array {
  const column = (name: string): GraphValue => ({ name, type: 'float32', shape: ['rows', 1] });
  const output = { name: 'area', type: 'float32', shape: ['rows', 1] } as const;
  const common = { name: 'sum', outputs: [output], metadata: {} };
  if (form === 'columns') {
    const nodes = [{ op: 'Add', inputs: ['width', 'length'], outputs: ['area'] }];
    return writeModel({ ...common, nodes, constants: [], inputs: [column('width'), column('length')] });
  }
  const nodes = [{ op: 'ReduceSum', inputs: ['x', 'axes'], outputs: ['area'] }];
  return writeModel({
    ...common,
    nodes,
    constants: [{ name: 'axes', ints: [1] }],
    inputs: [{ name: 'x', type: 'float32', shape: ['rows', 2] }],
  });
}

test('a file as curl sends it makes a deployment, and its history and run say where it came from', async () => {
  const address = `${product.url}/api/v1/deployments/side/versions?as=primary&reason=first&file=side.onnx`;
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'curl/8.14.1', accept: '*/*' };
  const made = (await (await fetch(address, { method: 'POST', headers, body: sideModel() })).json()) as UploadAnswer;
  expect(made).toMatchObject({
    model_name: 'side',
    version: '1',
    deployment: { name: 'side' },
    inspection: { schema: { task: 'classification' } },
  });
  expect(await predict(product.url, 'side', 5)).toEqual({ version: '1', prediction: 'right' });
  const { run } = (await (await fetch(`${product.url}/api/2.0/mlflow/runs/get?run_id=${made.run_id}`)).json()) as {
    run: { info: { run_name: string; status: string }; data: { tags: { key: string; value: string }[] } };
  };
  expect(run.info).toMatchObject({ run_name: 'side.onnx', status: 'FINISHED' });
  expect(run.data.tags).toContainEqual({ key: 'trainyard.file.sha256', value: made.inspection.sha256 });
  const { items } = (await (await fetch(`${product.url}/api/v1/deployments/side/history`)).json()) as { items: { reason: string }[] };
  expect(items[0]).toMatchObject({ action: 'created', reason: 'first', to_version: '1' });
});

test('a file is looked at without being kept: what it takes, how fast it is, what the live version says of the same row', async () => {
  const { status, body } = await inspect('side', sideModel(4));
  expect(status).toBe(200);
  expect(body).toMatchObject({
    inputs: [{ datatype: 'FP32', shape: [-1, 1] }],
    schema: { task: 'classification', classes: ['left', 'right'] },
    batches: true,
    isolated: false,
    changes: [],
    model_name: 'side',
    example: { prediction: 'left', live_prediction: 'left', live_version: '1' },
  });
  expect(body.row_ms).toBeGreaterThan(0);
  const versions = (await (await fetch(`${product.url}/api/2.0/mlflow/model-versions/search?filter=name%3D'side'`)).json()) as {
    model_versions: unknown[];
  };
  expect(versions.model_versions).toHaveLength(1);
});

test('a new version answers at once, or beside the live one', async () => {
  const next = await upload('side/versions?as=primary&reason=better', sideModel(4));
  expect(next.status, JSON.stringify(next.body)).toBe(200);
  expect(await predict(product.url, 'side', 3.5)).toEqual({ version: next.body.version, prediction: 'left' });
  const beside = await upload('side/versions?as=shadow&sample=0.5', sideModel(2));
  expect(beside.body.deployment?.variants).toMatchObject([
    { role: 'primary', version: next.body.version },
    { role: 'shadow', version: beside.body.version, state: 'ready', sample: 0.5 },
  ]);
  expect((await upload('side/versions', sideModel(1))).body).toMatchObject({ as: 'version', version: '4' });
  expect((await variantsOf(product.url, 'side')).map(({ version }) => version)).toEqual(['2', '3']);
});

test('the first version of a deployment is its primary, even if it was sent as a shadow', async () => {
  const { body } = await upload('fresh/versions?as=shadow', sideModel(2));
  expect(body).toMatchObject({ as: 'primary', deployment: { variants: [{ role: 'primary', version: '1' }] } });
});

test('a new deployment with the name of a model that others follow moves none of them', async () => {
  expect((await upload('shared/versions?as=primary', sideModel())).status).toBe(200);
  await deploy(product.url, 'follower', [{ role: 'primary', model: 'models:/shared@production' }]);
  expect((await fetch(`${product.url}/api/v1/deployments/shared`, { method: 'DELETE' })).status).toBe(204);
  const again = await upload('shared/versions?as=primary', sum('columns'));
  expect(again.body.deployment?.variants, JSON.stringify(again.body)).toMatchObject([{ model: 'models:/shared/2', version: '2' }]);
  expect(await predict(product.url, 'follower', 5)).toEqual({ version: '1', prediction: 'right' });
});

test('a nameless matrix takes the names that callers know', async () => {
  const made = await upload('plot/versions?as=primary', sum('columns'));
  expect(made.status, JSON.stringify(made.body)).toBe(200);
  expect((await inspect('plot', sum('matrix'))).body).toMatchObject({ signature: 'deployment', changes: [] });
  const next = await upload('plot/versions?as=primary&reason=faster', sum('matrix'));
  expect(next.status, JSON.stringify(next.body)).toBe(200);
  const answer = await post(`${product.url}/deployments/plot/predict`, { width: 2, length: 3 });
  expect(answer).toMatchObject({ prediction: 5, model_version: '2' });
});

test('limits that callers are held to go on with the next version', async () => {
  const file = join(folder, 'limited.onnx');
  await writeFile(file, sideModel());
  const limits = {
    fields: [
      { name: 'float_input', type: 'float', min: 0, max: 10, aliases: ['x'] },
      { name: 'gone', type: 'string', enum: ['a'] },
    ],
  };
  await registerOnnx(product.url, 'limited', pathToFileURL(file), { 'trainyard_limits.json': JSON.stringify(limits) });
  await setAlias(product.url, 'limited', '1');
  expect((await deploy(product.url, 'limited', [{ role: 'primary', model: 'models:/limited@production' }])).status).toBe(200);
  const ask = async (x: number) => {
    const answer = await fetch(`${product.url}/deployments/limited/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ x }),
    });
    return [answer.status, ((await answer.json()) as { model_version?: string }).model_version];
  };
  expect([await ask(5), await ask(11)]).toEqual([
    [200, '1'],
    [422, undefined],
  ]);
  const next = await upload('limited/versions?as=primary&reason=next', sideModel(4));
  expect(next.body.inspection?.changes, JSON.stringify(next.body)).toEqual([]);
  expect([await ask(5), await ask(11)]).toEqual([
    [200, '2'],
    [422, undefined],
  ]);
});

test('what callers would notice is told first and deployed only when it is meant', async () => {
  await upload('yard/versions?as=primary', sum('columns'));
  expect((await inspect('yard', sideModel())).body.changes.map(({ level }) => level)).toContain('breaks');
  const refused = await upload('yard/versions?as=primary&reason=swap', sideModel());
  expect(refused).toMatchObject({ status: 409, body: { code: 'UPLOAD_CHANGES_INTERFACE' } });
  expect(refused.body.detail).toContain('width, length');
  expect((await variantsOf(product.url, 'yard'))[0]).toMatchObject({ version: '1' });
  const meant = await upload('yard/versions?as=primary&reason=swap&accept_changes=true', sideModel());
  expect(meant.body).toMatchObject({ version: '2' });
  expect((await predict(product.url, 'yard', 1)).prediction).toBe('left');
});

test.each([
  ['an empty file', async () => new Uint8Array(), 'empty'],
  ['a pickle', async () => Uint8Array.of(0x80, 0x04, 0x95, 0, 0), 'trainyard convert'],
  ['an archive', async () => Buffer.from('PK\u0003\u0004 and so on'), 'archive'],
  ['text', async () => Buffer.from('not a model at all, only words'), 'cannot be served'],
  ['a cut file', async () => sideModel().subarray(0, 300), 'cannot be served'],
  ['a model that hangs', () => readFile(new URL('../fixtures/onnx/hangs.onnx', import.meta.url)), 'cannot be served'],
])(
  '%s is refused with its reason, and nothing is kept',
  async (_, body, reason) => {
    const bytes = await body();
    for (const path of ['broken/inspect', 'broken/versions?as=primary']) {
      const answer = await send(path, bytes);
      expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 422, body: { code: 'UPLOAD_REFUSED' } });
      expect(answer.body.detail).toContain(reason);
    }
    expect((await fetch(`${product.url}/api/v1/deployments/broken`)).status).toBe(404);
    const found = await fetch(`${product.url}/api/2.0/mlflow/registered-models/get?name=broken`);
    expect(found.status).toBe(404);
  },
  30_000,
);

test('files above the limit are refused before they are read whole, bad names and parts by name', async () => {
  expect(await inspect('side', new Uint8Array(300_000))).toMatchObject({ status: 413, body: { code: 'BODY_TOO_LARGE' } });
  const parts = async function* () {
    for (let i = 0; i < 30; i++) yield new Uint8Array(10_000);
  };
  const chunked = await fetch(`${product.url}/api/v1/deployments/side/inspect`, {
    method: 'POST',
    body: ReadableStream.from(parts()),
    duplex: 'half',
  } as RequestInit);
  expect(chunked.status).toBe(413);
  expect(await upload('.bad/versions', sideModel())).toMatchObject({ status: 400, body: { code: 'DEPLOYMENT_INVALID' } });
  expect(await upload('side/versions?as=canary', sideModel())).toMatchObject({ status: 400, body: { code: 'INPUT_INVALID' } });
});

test.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['br', brotliCompressSync],
])('a file may come compressed: %s', async (encoding, compress) => {
  const file = sideModel();
  const found = await send<InspectionAnswer>('packed/inspect', compress(file), { 'content-encoding': encoding });
  expect(found).toMatchObject({ status: 200, body: { bytes: file.length, sha256: createHash('sha256').update(file).digest('hex') } });
});

test('a compressed file is bounded by what comes out of it, and refused where it is not what it says', async () => {
  const bomb = gzipSync(new Uint8Array(100_000_000));
  const gzip = { 'content-encoding': 'gzip' };
  expect(bomb.length).toBeLessThan(200_000);
  expect(await send('packed/inspect', bomb, gzip)).toMatchObject({ status: 413, body: { code: 'BODY_TOO_LARGE' } });
  expect(await send('packed/inspect', new Uint8Array(300_000), gzip)).toMatchObject({ status: 413, body: { code: 'BODY_TOO_LARGE' } });
  expect(await send('packed/inspect', sideModel(), gzip)).toMatchObject({ status: 422, body: { code: 'UPLOAD_REFUSED' } });
  const cut = gzipSync(sideModel()).subarray(0, -12);
  expect(await send('packed/inspect', cut, gzip)).toMatchObject({ status: 422, body: { detail: expect.stringContaining('gzip') } });
  const odd = await send('packed/inspect', sideModel(), { 'content-encoding': 'zstd' });
  expect(odd).toMatchObject({ status: 415, body: { code: 'CONTENT_TYPE_UNSUPPORTED' } });
  expect(await send('packed/inspect', gzipSync(sideModel()), gzip)).toMatchObject({ status: 200 });
});

test('files wait for their turn in a bounded memory', async () => {
  const slow = await readFile('test/fixtures/onnx/hangs.onnx');
  const hanging = inspect('turn', slow);
  const waiting = inspect('turn', Buffer.alloc(150_000));
  await waitFor('the room to be taken', async () => (await inspect('turn', Buffer.alloc(150_000))).status === 429);
  const refused = await inspect('turn', Buffer.alloc(150_000));
  expect(refused).toMatchObject({ status: 429, body: { code: 'UPLOAD_BUSY' } });
  expect((await Promise.all([hanging, waiting])).map(({ status }) => status)).toEqual([422, 422]);
  expect((await inspect('turn', Buffer.alloc(150_000))).status).toBe(422);
});

test('the calls stand in the API documentation with their parameters', async () => {
  const { paths } = (await (await fetch(`${product.url}/openapi.json`)).json()) as {
    paths: Record<string, { post: { parameters: { name: string; in: string }[]; requestBody: { content: object } } }>;
  };
  const call = paths['/api/v1/deployments/{name}/versions']?.post;
  expect(call?.parameters.map((p) => `${p.in} ${p.name}`)).toEqual(
    expect.arrayContaining(['path name', 'query as', 'query accept_changes']),
  );
  expect(Object.keys(call?.requestBody.content ?? {})).toEqual(['application/octet-stream']);
});

test('serving on its own sends what it takes to the process that keeps runs and files', async () => {
  const args = (...roles: readonly string[]) => ['--target', roles.join(',')];
  await using core = await startProduct({ env: ENV, args: args('tracking', 'registry', 'artifacts') });
  const peers = (...roles: readonly string[]) => roles.flatMap((role) => ['--peer', `${role}=${core.url}`]);
  const put = (url: string) =>
    fetch(`${url}/api/v1/deployments/side/versions?as=primary&file=far.onnx`, {
      method: 'POST',
      body: sideModel() as Uint8Array<ArrayBuffer>,
    });
  {
    await using serving = await startProduct({ env: ENV, args: [...args('serving'), ...peers('registry', 'artifacts', 'tracking')] });
    const made = await put(serving.url);
    expect(made.status, await made.clone().text()).toBe(200);
    const { run_id } = (await made.json()) as UploadAnswer;
    const { run } = (await (await fetch(`${core.url}/api/2.0/mlflow/runs/get?run_id=${run_id}`)).json()) as {
      run: { info: { run_name: string; status: string } };
    };
    expect(run.info).toMatchObject({ run_name: 'far.onnx', status: 'FINISHED' });
    expect((await predict(serving.url, 'side', 5)).prediction).toBe('right');
  }
  await using serving = await startProduct({ env: ENV, args: [...args('serving'), ...peers('registry', 'artifacts')] });
  const refused = await put(serving.url);
  expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([501, 'UPLOAD_NEEDS_TRACKING']);
}, 60_000);
