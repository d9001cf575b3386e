import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { openTables } from '#adapters/duckdb/tables.ts';
import { openOnnx } from '#adapters/onnx/open.ts';
import type { TrainRequest } from '#contract/http/platform/training.ts';
import { ModelSchema, ReferenceProfile } from '#contract/model-schema.ts';
import { silentLogger } from '#kernel/logger.ts';
import type { Tables } from '#ports/tables.ts';
import { TrainingPeers } from '#test/harness/training-peers.ts';
import { DataSources } from './data/sources.ts';
import type { JobProgress } from './jobs.ts';
import { trainAndDeploy } from './train-and-deploy.ts';

let tables: Tables;
let folder: string;

beforeAll(async () => {
  tables = openTables({ logger: silentLogger });
  folder = await mkdtemp(join(tmpdir(), 'trainyard-training-'));
});
afterAll(async () => {
  await tables.close();
  await rm(folder, { recursive: true, force: true });
});

function platform() {
  const peers = new TrainingPeers();
  const examples = fileURLToPath(new URL('../../../examples/data/', import.meta.url));
  const sources = new DataSources({ uploads: join(folder, 'uploads'), examples, maxBytes: 10_000_000, keep: 10 });
  const warnings: string[] = [];
  const progress: JobProgress = {
    jobId: 'job1',
    signal: new AbortController().signal,
    tell: () => undefined,
    warn: (more) => warnings.push(...more),
  };
  const deps = {
    tables,
    inference: openOnnx(),
    ...peers,
    tracking: peers.tracking,
    registry: peers.registry,
    artifacts: peers.artifacts,
    serving: peers.serving,
    sources,
    memoryMb: 512,
    now: () => Date.UTC(2026, 0, 31, 12),
  };
  const train = (request: TrainRequest) => trainAndDeploy(deps, request, progress);
  return { peers, sources, train, warnings };
}

const iris: TrainRequest = {
  data: 'example:iris.csv',
  target: 'species',
  learner: 'tree',
  params: { max_depth: 3 },
  deploy: 'iris',
  test_size: 0.3,
  seed: 7,
  folds: 0,
};

describe('one training from the file to the deployment', () => {
  test('logs the run, registers, sets the alias and deploys', async () => {
    const { peers, train } = platform();
    const result = await train({ ...iris, default_deployment: true });
    expect(result).toMatchObject({ model: 'iris', version: '1', deployment: 'iris', promoted: true, learner: 'tree' });
    const run = peers.runs.get(result.run_id);
    expect(run).toMatchObject({
      name: 'tree_20260131_120000',
      status: 'FINISHED',
      params: { model_type: 'tree', max_depth: '3', training_samples: '105', random_state: '7' },
    });
    expect(run?.metrics['test_accuracy']).toBeGreaterThan(0.85);
    expect(run?.datasets[0]?.digest).toMatch(/^[0-9a-f]{32}$/u);
    expect(run?.tags).toMatchObject({
      'mlflow.source.name': 'trainyard train',
      'trainyard.gate.promoted': 'true',
      'trainyard.job_id': 'job1',
    });
    expect(peers.aliases.get('iris@production')).toBe('1');
    expect(peers.versions[0]?.source).toMatch(/^models:\/m-/u);
    expect(peers.changes).toEqual([
      expect.objectContaining({ isDefault: true, variants: [{ role: 'primary', model: 'models:/iris@production' }] }),
    ]);
  });

  test('writes a model folder that MLflow, serving and monitoring can read', async () => {
    const { peers, train } = platform();
    await train(iris);
    const uri = peers.versions[0]?.download_uri;
    const text = (path: string): string => Buffer.from(peers.files.get(`${uri}/${path}`) ?? []).toString();
    const mlmodel = parseYaml(text('MLmodel')) as {
      flavors: Record<string, { data: string }>;
      signature: { inputs: string };
      model_id: string;
    };
    expect(Object.keys(mlmodel.flavors)).toEqual(['onnx', 'python_function']);
    for (const { data } of Object.values(mlmodel.flavors)) expect(peers.files.get(`${uri}/${data}`)?.length).toBeGreaterThan(500);
    expect(JSON.parse(mlmodel.signature.inputs)).toContainEqual({ type: 'double', name: 'petal_width', required: true });
    expect(ModelSchema.parse(JSON.parse(text('trainyard.json'))).classes).toEqual(['setosa', 'versicolor', 'virginica']);
    expect(ReferenceProfile.parse(JSON.parse(text('reference_profile.json'))).rows).toBe(105);
    expect((JSON.parse(text('input_example.json')) as { data: unknown[][] }).data[0]).toHaveLength(4);
    for (const path of ['requirements.txt', 'conda.yaml', 'python_env.yaml', 'serving_input_example.json'])
      expect(text(path).length).toBeGreaterThan(10);
  });

  test('a tie keeps the champion: training the same again changes nothing', async () => {
    const { peers, train } = platform();
    await train(iris);
    const again = await train(iris);
    expect(again).toMatchObject({ version: '2', promoted: false });
    expect(again.gate).toMatchObject({ metric: 'log_loss', holder_version: '1', rows: 45 });
    expect(again.gate?.candidate).toBeCloseTo(again.gate?.holder ?? 0, 4);
    expect(again.decision).toContain('tie');
    expect(peers.aliases.get('iris@production')).toBe('1');
    expect(peers.changes).toHaveLength(1);
  });

  test('a better candidate takes the place on the same rows, with its evidence on the run', async () => {
    const { peers, train } = platform();
    const housing: TrainRequest = {
      data: 'example:california_housing.csv',
      target: 'MedHouseVal',
      register: 'housing',
      alias: 'champion',
      folds: 0,
    };
    await train({ ...housing, learner: 'linear' });
    const better = await train({ ...housing, learner: ['linear', { learner: 'tree', params: { max_depth: 10 } }] });
    expect(better).toMatchObject({ promoted: true, version: '2', learner: 'tree', deployment: null });
    expect(better.gate?.holder).toBeGreaterThan(better.gate?.candidate ?? Number.POSITIVE_INFINITY);
    expect(peers.aliases.get('housing@champion')).toBe('2');
    expect(peers.runs.get(better.run_id)?.tags['trainyard.gate.reason']).toContain('against');
    const csv = peers.files.get(`mlflow-artifacts:/e/${better.run_id}/artifacts/model_comparison.csv`);
    expect(
      Buffer.from(csv ?? [])
        .toString()
        .split('\n')
        .slice(0, 2)
        .join('\n'),
    ).toMatch(/^Model,Train_RMSE,Val_RMSE,Val_MAE,Val_R2,Training_Time,Is_Best\ntree,.*,True$/u);
    const worse = await train({ ...housing, learner: 'linear' });
    expect(worse.promoted).toBe(false);
    expect(peers.aliases.get('housing@champion')).toBe('2');
  });

  test('a holder that cannot be asked is not replaced without a person', async () => {
    const { peers, train } = platform();
    await train(iris);
    for (const key of peers.files.keys()) if (key.endsWith('model.onnx')) peers.files.set(key, Buffer.from('damaged'));
    const result = await train(iris);
    expect(result.promoted).toBe(false);
    expect(result.decision).toContain('could not be asked about the test rows');
  });

  test('a shadow stands beside the primary and passes no gate', async () => {
    const { peers, train } = platform();
    await expect(train({ ...iris, role: 'shadow' })).rejects.toThrow(
      "A shadow needs a deployment to stand beside: there is no deployment 'iris'.",
    );
    await train(iris);
    const shadow = await train({ ...iris, role: 'shadow', learner: 'tree', params: { max_depth: 1 } });
    expect(shadow.promoted).toBe(true);
    expect(peers.deployments.get('iris')?.variants.map(({ role, model }) => [role, model])).toEqual([
      ['primary', 'models:/iris@production'],
      ['shadow', 'models:/iris@shadow'],
    ]);
  });

  test('a deployment keeps what training does not decide: how much its shadow sees, and whose API it speaks', async () => {
    const { peers, train } = platform();
    await train(iris);
    const variants = [
      { role: 'primary', model: 'models:/iris/1' },
      { role: 'shadow', model: 'models:/iris@production', sample: 0.25 },
    ] as const;
    await peers.serving.put('iris', { variants, compat: 'iris-004' });
    await train(iris);
    expect(peers.deployments.get('iris')).toMatchObject({
      compat: 'iris-004',
      variants: [
        { role: 'shadow', model: 'models:/iris@production', sample: 0.25 },
        { role: 'primary', model: 'models:/iris@production' },
      ],
    });
  });

  test('an uploaded file with categories is trained as the bundled ones are', async () => {
    const { peers, sources, train, warnings } = platform();
    const { createReadStream } = await import('node:fs');
    const file = createReadStream(new URL('../../../test/fixtures/telco_churn.csv', import.meta.url));
    const { data } = await sources.store('../../telco churn.csv', file as AsyncIterable<Uint8Array>);
    expect((await sources.find(data)).name).toBe('telco churn.csv');
    await train({ data, target: 'Churn', learner: 'tree', params: { max_depth: 5 }, deploy: 'churn' });
    const again = await train({ data, target: 'Churn', learner: 'tree', params: { max_depth: 5 }, deploy: 'churn' });
    expect(warnings[0]).toContain("'customerID'");
    expect(again.gate?.candidate).toBeCloseTo(again.gate?.holder ?? 0, 6);
    expect(peers.deployments.get('churn')?.variants).toHaveLength(1);
  });

  const textFile = async function* (lines: readonly string[]) {
    yield Buffer.from(`${lines.join('\n')}\n`);
  };

  test.each(['linear', 'ridge', 'tree', 'forest', 'boosting'])('one column is enough for %s', async (learner) => {
    const { sources, train } = platform();
    const lines = Array.from({ length: 100 }, (_, i) => `${i % 37},${2 * (i % 37) + (i % 5) / 10}`);
    const { data } = await sources.store('one.csv', textFile(['x,y', ...lines]));
    const request = { data, target: 'y', learner, deploy: 'one', folds: 0 } as const;
    expect(await train(request)).toMatchObject({ promoted: true, deployment: 'one' });
    expect((await train(request)).gate?.holder).toBeGreaterThan(0);
  });

  test.each(['logistic', 'boosting'])('more categories than are told apart are served by %s as they were learnt', async (learner) => {
    const { sources, train, warnings } = platform();
    const lines = Array.from({ length: 3000 }, (_, i) => `c${i < 1500 ? i % 150 : i % 700},${i < 1500 ? i % 2 : i % 3 === 0 ? 'a' : 'b'}`);
    const { data } = await sources.store('cities.csv', textFile(['city,y', ...lines]));
    const result = await train({ data, target: 'y', learner, deploy: 'cities', folds: 0 });
    expect(warnings[0]).toContain('the 200 most frequent are told apart');
    expect(result.promoted).toBe(true);
  });

  test('two rows of a class are trained on without folds that would lack it', async () => {
    const { sources, train, warnings } = platform();
    const lines = Array.from({ length: 60 }, (_, i) => `${i % 37},${i < 2 ? 'b' : 'a'}`);
    const { data } = await sources.store('rare.csv', textFile(['x,y', ...lines]));
    expect(await train({ data, target: 'y', learner: 'tree', deploy: 'rare', seed: 0 })).toMatchObject({ promoted: true });
    expect(warnings).toContain('Not cross-validated: some folds would have been fitted on rows of a single class.');
  });

  test.each<[Partial<TrainRequest>, string]>([
    [
      { learner: ['tree', 'forest'], folds: 0, validation_size: 0 },
      'Several learners need rows to be chosen by, and the test rows are for',
    ],
    [{ deploy: 'my wine!' }, "'my wine!' is no name: use 1 to 100 letters"],
    [{ register: 'a/b' }, "Invalid model name 'a/b'."],
    [{ alias: 'v1!' }, "Invalid alias name: 'v1!'."],
    [{ alias: 'latest' }, "'latest' alias name"],
    [{ learner: 'bosting' }, "There is no learner 'bosting'; there are: linear,"],
    [{ params: { max_dept: 3 } }, "Learner 'tree' has no parameter 'max_dept'; it has: "],
    [{ learner: ['tree', { learner: 'forest', params: { n_estimators: 0 } }] }, 'n_estimators'],
  ])('%j is refused before the data is read', async (more, sentence) => {
    const { train } = platform();
    const refused = train({ ...iris, data: 'upload:00000000-0000-4000-8000-000000000000', ...more });
    await expect(refused).rejects.toMatchObject({ spec: { code: 'TRAINING_REQUEST_REFUSED' }, message: expect.stringContaining(sentence) });
  });

  test('so few rows are left to train on that there are no folds: then there are none', async () => {
    const { train, warnings } = platform();
    const result = await train({ data: 'example:iris.csv', target: 'species', learner: 'tree', test_size: 0.97 });
    expect(result.metrics).not.toHaveProperty('cv_mean_accuracy');
    expect(warnings.join(' ')).not.toContain('Not cross-validated');
  });

  test.each([
    'upload:00000000-0000-4000-8000-000000000000',
    'example:../iris.csv',
    'example:none.csv',
    '/etc/hostname',
    '../iris.csv',
    'upload:../../x',
  ])('data %s cannot be named', async (data) => {
    const { train } = platform();
    await expect(train({ ...iris, data })).rejects.toMatchObject({ spec: { code: 'TRAINING_DATA_UNKNOWN', status: 404 } });
  });

  test('what is wrong with a file is told under its own name and not by a path of the server', async () => {
    const { sources, train } = platform();
    const garbage = async function* () {
      yield Buffer.from([0x61, 0x2c, 0x62, 0x0a, 0xff, 0x01, 0x2c, 0x31]);
    };
    const { data } = await sources.store('mine.csv', garbage());
    const failure = await train({ data, target: 'b' }).catch((error: Error) => error);
    expect(failure).toMatchObject({ spec: { code: 'TRAINING_DATA_UNREADABLE', status: 422 } });
    expect((failure as Error).message).toContain("'mine.csv'");
    expect((failure as Error).message).not.toContain(folder);
  });

  test('an upload above the limit, or an empty one, leaves nothing behind', async () => {
    const examples = folder;
    const sources = new DataSources({ uploads: join(folder, 'small'), examples, maxBytes: 1000, keep: 10 });
    const send = async function* (bytes: number) {
      for (let sent = 0; sent < bytes; sent += 500) yield Buffer.alloc(500, 'x');
    };
    await expect(sources.store('a.csv', send(2000))).rejects.toMatchObject({ spec: { status: 413 } });
    await expect(sources.store('a.csv', send(0))).rejects.toMatchObject({ spec: { status: 400 } });
    const onFullDisk = async function* () {
      yield Buffer.alloc(100);
      throw Object.assign(new Error('write'), { code: 'ENOSPC' });
    };
    await expect(sources.store('a.csv', onFullDisk())).rejects.toMatchObject({ spec: { code: 'TRAINING_UPLOAD_NO_ROOM', status: 507 } });
    const { readdir } = await import('node:fs/promises');
    expect(await readdir(join(folder, 'small'))).toEqual([]);
  });
});
