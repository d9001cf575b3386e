import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Trainyard } from '#client/client.ts';
import { VersionPage } from '#contract/http/platform/registry.ts';
import { readTar } from '#kernel/tar.ts';
import { writeModel } from '#onnx/model-writer.ts';
import { describeWith } from '#test/harness/available.ts';
import { plainEnv, startChild } from '#test/harness/child.ts';
import { type Product, runTrainyard, startProduct } from '#test/harness/product.ts';
import { pythonPath } from '#test/harness/python.ts';

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** The code of a README in a language. */
const codeOf = (page: string, language: string): string => new RegExp(`\`\`\`${language}\n(.*?)\n\`\`\``, 'su').exec(page)?.[1] ?? '';

/** A model of pictures: no columns, so no rows to try it with. */
function imageModel(): Uint8Array {
  const shape = ['N', 1, 2, 2];
  return writeModel({
    name: 'relu',
    nodes: [{ op: 'Relu', inputs: ['img'], outputs: ['out'] }],
    constants: [],
    inputs: [{ name: 'img', type: 'float32', shape }],
    outputs: [{ name: 'out', type: 'float32', shape }],
    metadata: {},
  });
}

async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const child = startChild(command, args, { cwd, env: plainEnv() });
  const { code } = await child.ended;
  expect(code, child.logs()).toBe(0);
  return child.stdout();
}

describe('a model that is exported', () => {
  let product: Product;
  let folder: string;
  const cli = (...args: string[]) => runTrainyard(args, { TRAINYARD_URL: product.url });

  beforeAll(async () => {
    product = await startProduct();
    folder = await mkdtemp(join(tmpdir(), 'trainyard-export-'));
    const learners = ['--learner', 'tree,logistic', '--deploy', 'flowers', '--alias', 'best', '--seed', '3'];
    const { code, logs } = await cli('train', 'example:iris.csv', '--target', 'species', ...learners);
    expect(code, logs).toBe(0);
  }, 120_000);
  afterAll(async () => {
    await product[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** What the server says of the example rows. */
  async function answersOfServer(dir: string): Promise<string[]> {
    const rows = JSON.parse(await readFile(join(dir, 'example_rows.json'), 'utf8')) as unknown[];
    const answer = await fetch(`${product.url}/deployments/flowers/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(rows),
    });
    const { predictions } = (await answer.json()) as { predictions: { predicted_class: string }[] };
    return predictions.map(({ predicted_class }) => predicted_class);
  }

  test('is a folder with all that it needs', async () => {
    const dir = join(folder, 'whole');
    const { code, logs } = await cli('export', 'model', 'flowers@best', '--dir', dir);
    expect(code, logs).toBe(0);
    const files = (await readdir(dir, { recursive: true })).map(String);
    expect(files).toEqual(
      expect.arrayContaining(['MLmodel', 'README.md', 'model.onnx', 'signature.json', 'input_example.json', 'metrics.json']),
    );
    const comparison = await readFile(join(dir, 'results', 'model_comparison.csv'), 'utf8');
    expect(comparison.split('\n')[0]).toBe('Model,Train_Accuracy,Val_Accuracy,Val_F1,Val_LogLoss,Training_Time,Is_Best');
    const metrics = JSON.parse(await readFile(join(dir, 'metrics.json'), 'utf8')) as { version: string; metrics: Record<string, number> };
    expect(metrics.version).toBe('1');
    expect(metrics.metrics['test_accuracy']).toBeGreaterThan(0.8);
    const signature = JSON.parse(await readFile(join(dir, 'signature.json'), 'utf8')) as { inputs: { name: string }[] };
    expect(signature.inputs.map(({ name }) => name)).toEqual(['sepal_length', 'sepal_width', 'petal_length', 'petal_width']);
    expect(await readdir(folder)).toEqual(['whole']);
  });

  test('runs in Node by the code of its README, with the same answers', async () => {
    const dir = join(folder, 'node');
    await cli('export', 'model', 'flowers/1', '--dir', dir);
    await writeFile(join(dir, 'predict.mjs'), codeOf(await readFile(join(dir, 'README.md'), 'utf8'), 'js'));
    await symlink(modules, join(dir, 'node_modules'));
    const out = await run(process.execPath, ['predict.mjs'], dir);
    const wanted = await answersOfServer(dir);
    expect(wanted.length).toBeGreaterThan(0);
    for (const label of wanted) expect(out).toContain(`'${label}'`);
  });

  describeWith('python', 'with Python', () => {
    test('runs in Python by the code of its README, with the same answers', async () => {
      const dir = join(folder, 'python');
      await cli('export', 'model', 'models:/flowers@best', '--dir', dir);
      await writeFile(join(dir, 'predict.py'), codeOf(await readFile(join(dir, 'README.md'), 'utf8'), 'python'));
      const out = await run(await pythonPath(), ['predict.py'], dir);
      const wanted = await answersOfServer(dir);
      expect(out).toContain(`label [${wanted.map((label) => `'${label}'`).join(', ')}]`);
    });
  });

  test('has a page that tells where it came from, who moved what, and what serves it', async () => {
    const response = await fetch(`${product.url}/api/v1/registry/versions/flowers/1`);
    const page = VersionPage.parse(await response.json());
    expect(page).toMatchObject({ aliases: ['best'], run: { status: 'FINISHED', datasets: [{ name: 'iris.csv', context: 'training' }] } });
    expect(page.run?.params['target']).toBe('species');
    expect(page.run?.metrics['test_accuracy']).toBeGreaterThan(0.8);
    expect(page.alias_moves).toMatchObject([{ alias: 'best', from: null, to: '1', by: 'training' }]);
    expect(page.deployments).toMatchObject([{ deployment: 'flowers', role: 'primary', state: 'ready', is_live: true }]);
    expect((await fetch(`${product.url}/api/v1/registry/versions/flowers/9`)).status).toBe(404);
  });

  test('does not overwrite unless asked, and replaces as a whole', async () => {
    const dir = join(folder, 'taken');
    await mkdir(dir);
    await writeFile(join(dir, 'mine.txt'), 'precious');
    const refused = await cli('export', 'model', 'flowers@best', '--dir', dir);
    expect(refused.code).toBe(2);
    expect(refused.logs).toContain('is not empty');
    expect(await readdir(dir)).toEqual(['mine.txt']);
    expect((await cli('export', 'model', 'flowers@best', '--dir', dir, '--force')).code).toBe(0);
    expect(await readdir(dir)).toContain('model.onnx');
    expect(await readdir(dir)).not.toContain('mine.txt');
  });

  test('says what is wrong with a reference', async () => {
    const unknown = await cli('export', 'model', 'flowers@nobody', '--dir', join(folder, 'none'));
    expect(unknown.code).toBe(1);
    expect(unknown.logs).toContain('Registered model alias nobody not found.');
    expect((await cli('export', 'model', 'flowers', '--dir', join(folder, 'none'))).code).toBe(2);
    const both = await fetch(`${product.url}/api/v1/registry/export?name=flowers&version=1&alias=best`);
    expect(both.status).toBe(400);
    expect(await readdir(folder)).not.toContain('none');
  });

  test('leaves nothing behind when it is cut off', async () => {
    const archive = Buffer.from(await (await fetch(`${product.url}/api/v1/registry/export?name=flowers&alias=best`)).arrayBuffer());
    const half = createServer((_req, res) => {
      res.writeHead(200, { 'content-type': 'application/x-tar', 'content-length': archive.length });
      res.write(archive.subarray(0, archive.length / 2), () => res.destroy());
    });
    await new Promise<void>((resolve) => half.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(half.address() as AddressInfo).port}`;
    const { code, logs } = await runTrainyard(['export', 'model', 'flowers@best', '--dir', join(folder, 'cut'), '--url', url]);
    half.close();
    expect(code, logs).toBe(1);
    expect(logs).toContain('The export did not come through');
    expect((await readdir(folder)).filter((name) => name.includes('cut'))).toEqual([]);
  });
});

test('models of other shapes run by their README too', { timeout: 60_000 }, async () => {
  await using product = await startProduct({ args: ['--target', 'tracking,registry,artifacts'] });
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-export-'));
  const cli = (...args: string[]) => runTrainyard(args, { TRAINYARD_URL: product.url });
  await writeFile(join(folder, 'relu.onnx'), imageModel());
  const registered = await cli('register', join(folder, 'relu.onnx'), '--name', 'image', '--alias', 'live');
  expect(registered.code, registered.logs).toBe(0);
  const dir = join(folder, 'image');
  await cli('export', 'model', 'image@live', '--dir', dir);
  await writeFile(join(dir, 'predict.mjs'), codeOf(await readFile(join(dir, 'README.md'), 'utf8'), 'js'));
  await symlink(modules, join(dir, 'node_modules'));
  expect(await run(process.execPath, ['predict.mjs'], dir)).toContain('out [ 0, 0, 0, 0 ]');
  await rm(folder, { recursive: true });
});

test('a process that keeps the files exports what another one registers', { timeout: 60_000 }, async () => {
  await using registry = await startProduct({ args: ['--target', 'tracking,registry'] });
  const peers = ['--peer', `tracking=${registry.url}`, '--peer', `registry=${registry.url}`];
  await using files = await startProduct({ args: ['--target', 'artifacts', ...peers] });
  const trainyard = new Trainyard({ url: files.url });
  const made = await trainyard.runs.during({ experiment: 'split' }, async (fresh) => {
    await fresh.logArtifact('model/model.onnx', imageModel());
    return trainyard.registry.register({ name: 'image', from: { run: fresh, path: 'model' } });
  });
  const archive = await trainyard.registry.export('image', made);
  const names: string[] = [];
  for await (const { path } of readTar(archive.body as unknown as AsyncIterable<Uint8Array>)) names.push(path);
  expect(names).toEqual(['README.md', 'metrics.json', 'model.onnx']);
  expect(await trainyard.registry.version('image', 1)).toMatchObject({ run: { status: 'FINISHED' }, deployments: null });
});
