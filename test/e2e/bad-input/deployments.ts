import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { waitFor } from '#test/harness/wait-for.ts';
import { type Answer, ask, expectProblem, type Refusal } from '../answers.ts';

const primary = (model: unknown): object => ({ variants: [{ role: 'primary', model }] });
const INVALID = { status: 400, code: 'DEPLOYMENT_INVALID' };

const PUTS: readonly { readonly name: string; readonly body: unknown; readonly refused: Refusal }[] = [
  { name: 'a reference that is none', body: primary('iris'), refused: { ...INVALID, names: ['iris', 'models:/NAME'] } },
  { name: 'a reference with a path', body: primary('models:/iris/../1'), refused: INVALID },
  { name: 'a reference that is a number', body: primary(5), refused: { status: 400, code: 'INPUT_INVALID', names: ['variants[0].model'] } },
  { name: 'no variants', body: {}, refused: { status: 400, code: 'INPUT_INVALID', names: ['variants'] } },
  {
    name: 'an unknown role',
    body: { variants: [{ role: 'king', model: 'models:/iris/1' }] },
    refused: { status: 400, code: 'INPUT_INVALID', names: ['variants[0].role', 'primary'] },
  },
  {
    name: 'no primary',
    body: { variants: [{ role: 'shadow', model: 'models:/iris/1' }] },
    refused: { ...INVALID, names: ['exactly one', 'not 0'] },
  },
  {
    name: 'two primaries',
    body: {
      variants: [
        { role: 'primary', model: 'models:/iris/1' },
        { role: 'primary', model: 'models:/iris/2' },
      ],
    },
    refused: { ...INVALID, names: ['exactly one', 'not 2'] },
  },
  {
    name: 'an unknown model',
    body: primary('models:/nope/1'),
    refused: { status: 404, code: 'REGISTRY_VERSION_NOT_FOUND', names: ['nope'] },
  },
  {
    name: 'an unknown version',
    body: primary('models:/iris/99'),
    refused: { status: 404, code: 'REGISTRY_VERSION_NOT_FOUND', names: ['99'] },
  },
  {
    name: 'an unknown alias',
    body: primary('models:/iris@nope'),
    refused: { status: 400, code: 'REGISTRY_ALIAS_NOT_FOUND', names: ['nope'] },
  },
  {
    name: 'a key that is misspelt',
    body: { ...primary('models:/iris/1'), defualt: true },
    refused: { status: 400, code: 'INPUT_INVALID', fields: ['defualt'], names: ['defualt', 'use variants, default, compat, reason'] },
  },
  {
    name: 'a key of a variant that is misspelt',
    body: { variants: [{ role: 'primary', modle: 'models:/iris/1' }] },
    refused: {
      status: 400,
      code: 'INPUT_INVALID',
      fields: ['variants[0].model', 'variants[0].modle'],
      names: ['variants[0].modle: is not known here: use role, model, sample'],
    },
  },
  {
    name: 'more unknown keys than are worth telling',
    body: { ...primary('models:/iris/1'), ...Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}`, i])) },
    refused: { status: 400, code: 'INPUT_INVALID', fields: Array.from({ length: 20 }, (_, i) => `k${i}`) },
  },
  {
    name: 'a weight that divides the answers',
    body: { variants: [{ role: 'primary', model: 'models:/iris/1', weight: 90 }] },
    refused: { status: 400, code: 'INPUT_INVALID', fields: ['variants[0].weight'], names: ['1 or 100'] },
  },
  { name: 'a body that is a list', body: [], refused: { status: 400, code: 'INPUT_INVALID' } },
];

const JSON_HEAD = 'HTTP';

/** Registers a version whose files are what `files` says. */
async function register(url: string, name: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const call = async (path: string, body: object): Promise<Record<string, { [key: string]: string }>> => {
    const answer = await ask(`${url}/api/2.0/mlflow/${path}`, { body });
    expect(answer.status, `${JSON_HEAD} ${path} ${answer.text}`).toBe(200);
    return answer.json as never;
  };
  await ask(`${url}/api/2.0/mlflow/registered-models/create`, { body: { name } });
  const run = (await call('runs/create', { experiment_id: '0', start_time: Date.now() }))['run'] as unknown as {
    info: { run_id: string; artifact_uri: string };
  };
  const base = `${run.info.artifact_uri.replace(/^mlflow-artifacts:\/*/u, `${url}/api/2.0/mlflow-artifacts/artifacts/`)}/model`;
  for (const [file, content] of Object.entries(files)) {
    const put = await ask(`${base}/${file}`, { method: 'PUT', body: Buffer.from(content) });
    expect(put.status, put.text).toBe(200);
  }
  const made = await call('model-versions/create', { name, source: `${run.info.artifact_uri}/model`, run_id: run.info.run_id });
  return (made['model_version'] as { version: string }).version;
}

const MLMODEL = 'flavors:\n  onnx:\n    data: model.onnx\n';
const BROKEN: readonly {
  readonly name: string;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly status?: number;
}[] = [
  { name: 'an ONNX file of random bytes', files: { MLmodel: MLMODEL, 'model.onnx': Buffer.from('this is no model \x00\x01\x02') } },
  { name: 'an empty ONNX file', files: { MLmodel: MLMODEL, 'model.onnx': '' } },
  { name: 'no ONNX file', files: { MLmodel: MLMODEL } },
  { name: 'a model of another flavor', files: { MLmodel: 'flavors:\n  sklearn:\n    data: model.pkl\n', 'model.pkl': 'x' } },
  { name: 'an MLmodel that is no YAML', files: { MLmodel: 'flavors: [\n  : : :', 'model.onnx': 'x' } },
  { name: 'an MLmodel that is text', files: { MLmodel: 'hello', 'model.onnx': 'x' } },
  { name: 'an empty MLmodel', files: { MLmodel: '# nothing\n', 'model.onnx': 'x' } },
  { name: 'an MLmodel with a number for its file', files: { MLmodel: 'flavors:\n  onnx:\n    data: 5\n' } },
  {
    name: 'an MLmodel that points out of its folder',
    files: { MLmodel: 'flavors:\n  onnx:\n    data: ../../../../etc/passwd\n' },
    status: 400,
  },
];

/** PUT /api/v1/deployments/{name}, promote, rollback, and versions that cannot run. */
export function deployments(at: () => string): void {
  const put = (name: string, body: unknown): Promise<Answer> => ask(`${at()}/api/v1/deployments/${name}`, { method: 'PUT', body });
  const move = (path: string, body: unknown): Promise<Answer> => ask(`${at()}/api/v1/deployments/${path}`, { body });

  for (const { name, body, refused } of PUTS) {
    test(`${name}: ${refused.status}, and nothing is made`, async () => {
      expectProblem(await put('made-by-mistake', body), refused);
      expectProblem(await ask(`${at()}/api/v1/deployments/made-by-mistake`), { status: 404, code: 'DEPLOYMENT_NOT_FOUND' });
    });
  }

  test("keys that nobody knows are refused on all of our own API, and ignored by MLflow's", async () => {
    const unknown = async (path: string, body: unknown, told: string, method = 'POST'): Promise<void> => {
      const answer = await ask(`${at()}/api/v1/${path}`, { method, body });
      expectProblem(answer, { status: 400, code: 'INPUT_INVALID', names: [`${told}: is not known here`] });
    };
    await unknown('deployments/iris/promote', { version: '1', reason: 'x', why: 'x' }, 'why');
    await unknown('deployments/iris/rollback', { reason: 'x', to: '1' }, 'to');
    await unknown('registry/alias', { name: 'iris', alias: 'a', version: '1', model: 'iris' }, 'model');
    await unknown('training/jobs', { data: 'example:iris.csv', target: 'species', gate: { min_row: 3 } }, 'gate.min_row');
    await unknown('training/preview', { data: 'example:iris.csv', target: 'species', fields: [{ name: 'a', mni: 3 }] }, 'fields[0].mni');
    await unknown('monitors/iris/reference', { from: '1h', to: '0s', until: 'now' }, 'until', 'PUT');
    await unknown('feedback', { prediction_id: 'x', actual: 1, observedAt: 'now' }, 'observedAt');
    const search = await ask(`${at()}/api/2.0/mlflow/experiments/search`, { body: { max_results: 1, of_another_version: true } });
    expect(search.status).toBe(200);
  });

  test('names that are none: 400', async () => {
    for (const name of ['a%20b', '__proto__', '-x', 'a%00b', 'x'.repeat(101)])
      expectProblem(await put(name, primary('models:/iris/1')), INVALID);
  });

  test('a pinned version cannot be promoted or rolled back: 409', async () => {
    expect((await put('pinned', primary('models:/iris/1'))).status).toBe(200);
    expectProblem(await move('pinned/promote', { version: '2', reason: 'why not' }), {
      status: 409,
      code: 'DEPLOYMENT_PINNED',
      names: ['pinned', 'models:/iris/1'],
    });
    expectProblem(await move('pinned/rollback', { reason: 'why not' }), { status: 409, code: 'DEPLOYMENT_PINNED' });
    expect((await ask(`${at()}/api/v1/deployments/pinned`, { method: 'DELETE' })).status).toBe(204);
    expectProblem(await ask(`${at()}/api/v1/deployments/pinned`, { method: 'DELETE' }), { status: 404, code: 'DEPLOYMENT_NOT_FOUND' });
  });

  test('promotions to nowhere, and rollbacks without a past, are refused', async () => {
    expectProblem(await move('housing/rollback', { reason: 'x' }), {
      status: 409,
      code: 'DEPLOYMENT_NOTHING_TO_ROLL_BACK',
      names: ['housing'],
    });
    expectProblem(await move('iris/promote', { version: '1' }), { status: 400, code: 'INPUT_INVALID', names: ['reason'] });
    expectProblem(await move('iris/promote', { version: '1', reason: 'x' }), {
      status: 409,
      code: 'DEPLOYMENT_NOTHING_TO_PROMOTE',
      names: ['live already'],
    });
    expectProblem(await move('iris/promote', { version: '99', reason: 'x' }), {
      status: 404,
      code: 'REGISTRY_VERSION_NOT_FOUND',
      names: ['99'],
    });
    expectProblem(await move('iris/promote', { version: '../1', reason: 'x' }), { status: 400, code: 'REGISTRY_REFERENCE_INVALID' });
    expectProblem(await move('nope/promote', { version: '1', reason: 'x' }), {
      status: 404,
      code: 'DEPLOYMENT_NOT_FOUND',
      names: ['nope'],
    });
  });

  for (const { name, files, status = 422 } of BROKEN) {
    test(`${name} is not deployed`, async () => {
      const version = await register(at(), 'broken', files);
      const answer = await put('made-by-mistake', primary(`models:/broken/${version}`));
      expectProblem(answer, { status, code: (answer.json as { code: string }).code });
      expectProblem(await ask(`${at()}/api/v1/deployments/made-by-mistake`), { status: 404, code: 'DEPLOYMENT_NOT_FOUND' });
    });
  }

  test('a source in a folder of this machine outside the artifacts cannot be read through a deployment', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'foreign-'));
    await mkdir(join(folder, 'model'));
    await writeFile(join(folder, 'model', 'MLmodel'), MLMODEL);
    await ask(`${at()}/api/2.0/mlflow/registered-models/create`, { body: { name: 'foreign' } });
    const made = await ask(`${at()}/api/2.0/mlflow/model-versions/create`, { body: { name: 'foreign', source: `file://${folder}/model` } });
    expect(made.status, made.text).toBe(400);
    await rm(folder, { recursive: true });
  });

  test('an alias moved to a version that cannot load keeps the old one, and the deployment says so', async () => {
    const alias = (version: string): Promise<Answer> =>
      ask(`${at()}/api/2.0/mlflow/registered-models/alias`, { body: { name: 'iris', alias: 'candidate', version } });
    expect((await alias('1')).status).toBe(200);
    expect((await put('careful', primary('models:/iris@candidate'))).status).toBe(200);
    const broken = await register(at(), 'iris', { MLmodel: MLMODEL, 'model.onnx': 'broken' });
    expectProblem(await move('careful/promote', { version: broken, reason: 'x' }), {
      status: 422,
      code: 'MODEL_UNSERVABLE',
      names: ['iris'],
    });
    expect((await alias(broken)).status).toBe(200);
    const failed = await waitFor('the failure in the view', async () => {
      const { json } = await ask(`${at()}/api/v1/deployments/careful`);
      const [variant] = (json as { variants: { error?: string }[] }).variants;
      return variant?.error === undefined ? undefined : variant;
    });
    expect(failed).toMatchObject({ version: '1', desired_version: broken, error: expect.stringContaining('iris') });
    const scored = await ask(`${at()}/deployments/careful/predict`, { body: { features: [5.1, 3.5, 1.4, 0.2] } });
    expect(scored.json).toMatchObject({ model_version: '1' });
    expect((await alias('1')).status).toBe(200);
    await waitFor('the failure to be gone', async () => {
      const { json } = await ask(`${at()}/api/v1/deployments/careful`);
      return (json as { variants: { error?: string }[] }).variants[0]?.error === undefined;
    });
    expect((await ask(`${at()}/api/v1/deployments/careful`, { method: 'DELETE' })).status).toBe(204);
  });
}
