import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Trainyard } from '#client/client.ts';
import { PredictAnswer, PredictManyAnswer } from '#contract/http/inference/predict.ts';
import { RunAnswer, VersionAnswer } from '#contract/http/mlflow/answers/runs-and-versions.ts';
import { ResolvedVersionAnswer } from '#contract/http/platform/registry.ts';
import { plainEnv, startChild } from '#test/harness/child.ts';
import { type Product, startProduct } from '#test/harness/product.ts';
import { waitFor } from '#test/harness/wait-for.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

describe('the TypeScript client', () => {
  let product: Product;
  let trainyard: Trainyard;
  beforeAll(async () => {
    product = await startProduct({ args: ['--examples'] });
    trainyard = new Trainyard({ url: product.url });
    await waitFor('the example to answer', async () => (await fetch(`${product.url}/readyz`)).status === 200, 90_000);
  }, 120_000);
  afterAll(() => product[Symbol.asyncDispose]());

  test('runs the code of its recipe in a project that has the package', async () => {
    const page = await readFile(join(root, 'docs/recipes/use-the-client.md'), 'utf8');
    const project = await mkdtemp(join(tmpdir(), 'trainyard-client-'));
    await mkdir(join(project, 'node_modules'));
    await symlink(root, join(project, 'node_modules', 'trainyard'));
    await writeFile(join(project, 'use.mts'), /```ts\n(.*?)\n```/su.exec(page)?.[1] ?? '');
    const child = startChild(process.execPath, ['use.mts'], { cwd: project, env: { ...plainEnv(), TRAINYARD_URL: product.url } });
    const { code } = await child.ended;
    await rm(project, { recursive: true, force: true });
    expect(code, child.logs()).toBe(0);
    expect(child.stdout().trim().split('\n')).toEqual([
      'found first FINISHED 0.09090909090909091',
      'points 10',
      'version 1 candidate+live good enough',
      'predicted setosa virginica+versicolor',
      'accepted 1',
      'newest iris',
      'refused 422 PREDICTION_INPUT_INVALID',
    ]);
  });

  test('types say what the server answers', async () => {
    const json = async (path: string, init?: RequestInit) => (await fetch(`${product.url}${path}`, init)).json();
    const post = (body: unknown) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    PredictAnswer.parse(await json('/predict', post([5.1, 3.5, 1.4, 0.2])));
    PredictManyAnswer.parse(await json('/predict', post([[5.1, 3.5, 1.4, 0.2]])));
    const { run_id } = ResolvedVersionAnswer.parse(await json('/api/v1/registry/resolve?reference=models:/iris@production'));
    RunAnswer.parse(((await json(`/api/2.0/mlflow/runs/get?run_id=${run_id}`)) as { run: unknown }).run);
    const versions = (await json('/api/2.0/mlflow/model-versions/search')) as { model_versions: unknown[] };
    for (const version of versions.model_versions) VersionAnswer.parse(version);
  });

  test('logs more than one request takes, and reads files back', async () => {
    const run = await trainyard.runs.start({ experiment: 'wide', name: 'many' });
    await run.logParams(Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`p${i}`, i])));
    await run.logMetrics({ low: Number.NEGATIVE_INFINITY, none: Number.NaN, two: 2 });
    await run.setTags({ 'a.b': true });
    await run.logArtifact('folder/größe 1.bin', new Uint8Array([1, 2, 3]));
    expect(new Uint8Array(await (await run.readArtifact('folder/größe 1.bin')).arrayBuffer())).toEqual(new Uint8Array([1, 2, 3]));
    await run.finish();
    const read = await run.get();
    expect(Object.keys(read.params)).toHaveLength(250);
    expect(read.metrics).toEqual({ low: Number.NEGATIVE_INFINITY, none: Number.NaN, two: 2 });
    expect(read).toMatchObject({ name: 'many', status: 'FINISHED', tags: { 'a.b': 'true' } });
    await expect(trainyard.runs.during({ experiment: 'wide', name: 'bad' }, () => Promise.reject(new Error('oops')))).rejects.toThrow(
      'oops',
    );
    const statuses = await Array.fromAsync(trainyard.runs.search({ experiments: ['wide', 'no such'] }), ({ status }) => status);
    expect(statuses.toSorted()).toEqual(['FAILED', 'FINISHED']);
  });

  test('knows models, versions and aliases', async () => {
    const source = { source: 'models:/iris@production' };
    const first = await trainyard.registry.register({ name: "o'brien", from: source, tags: { a: 'b' }, description: 'copied' });
    const second = await trainyard.registry.register({ name: "o'brien", from: source, alias: 'best' });
    expect([first.version, second.version]).toEqual(['1', '2']);
    expect((await trainyard.registry.versions("o'brien")).map(({ version }) => version)).toEqual(['2', '1']);
    expect(await trainyard.registry.resolve("models:/o'brien@best")).toMatchObject({ version: '2' });
    expect(await trainyard.registry.setAlias({ name: "o'brien", alias: 'best', version: '1', reason: 'older is better' })).toEqual({
      from: '2',
      to: '1',
    });
    await trainyard.registry.deleteAlias("o'brien", 'best');
    expect(await trainyard.registry.models()).toContainEqual({ name: "o'brien", versions: 2, aliases: {} });
    const archive = await trainyard.registry.export('iris', { alias: 'production' });
    expect(archive.headers.get('content-type')).toBe('application/x-tar');
    await archive.body?.cancel();
  });

  test('asks with a key, and finds what was predicted', async () => {
    const { prediction_id } = await trainyard.predictions.predict([5, 2, 3.5, 1], { deployment: 'iris', idempotencyKey: 'once' });
    const detail = await waitFor('the index', () => trainyard.predictions.get(prediction_id).catch(() => undefined));
    expect(detail.lineage.model_name).toBe('iris');
    expect(await trainyard.predictions.count({ variant: 'primary' })).toBeGreaterThan(0);
  });
});
