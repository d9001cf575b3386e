import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { TrainingJob } from '#contract/http/platform/training.ts';
import { describeWith } from '#test/harness/available.ts';
import { type Product, runTrainyard, startProduct } from '#test/harness/product.ts';
import { runPython } from '#test/harness/python.ts';
import { waitFor } from '#test/harness/wait-for.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const telco = join(root, 'test/fixtures/telco_churn.csv');

/** Runs a client command against the product. */
function cli({ url }: Product, ...args: string[]) {
  return runTrainyard(args, { TRAINYARD_URL: url });
}

async function cliJson<T>(product: Product, ...args: string[]): Promise<T> {
  const { code, stdout, logs } = await cli(product, ...args, '--json');
  expect(code, logs).toBe(0);
  return JSON.parse(stdout) as T;
}

const trainIris = [
  'train',
  'example:iris.csv',
  '--target',
  'species',
  '--learner',
  'tree',
  '--param',
  'max_depth=3',
  '--deploy',
  'iris',
  '--default',
];

describe('training from the command line', () => {
  test('a file with categories, blanks and CRLF is trained, registered, deployed and answers', { timeout: 120_000 }, async () => {
    await using product = await startProduct();
    const job = await cliJson<TrainingJob>(
      product,
      'train',
      telco,
      '--target',
      'Churn',
      '--learner',
      'tree',
      '--param',
      'max_depth=5',
      '--deploy',
      'churn',
    );
    expect(job).toMatchObject({ state: 'succeeded', result: { model: 'churn', version: '1', deployment: 'churn', promoted: true } });
    expect(job.warnings[0]).toContain('customerID');

    const traffic = await cliJson<Record<string, unknown>>(product, 'traffic', '--count', '60', '--rate', '300', '--label-delay', '0.2');
    expect(traffic).toMatchObject({ ok: 60, errors: 0, labels: 60, labels_failed: 0, by_deployment: { churn: 60 } });
    const count = await cliJson<{ count: number }>(product, 'events', 'count', '--deployment', 'churn');
    expect(count.count).toBe(60);

    const incomplete = await cli(product, 'predict', '--deployment', 'churn', 'gender=Female');
    expect(incomplete.code).toBe(1);
    expect(incomplete.logs).toContain('SeniorCitizen: is required');
    const refused = await cli(product, 'train', telco, '--target', 'customerID');
    expect(refused.code).toBe(1);
    expect(refused.logs).toContain("Target column 'customerID' has 7043 different values");
  });

  test("a spreadsheet's file is read, and a line of it is a question; a failure is one JSON document", { timeout: 120_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trainyard-sheet-'));
    try {
      await using product = await startProduct();
      const lines = Array.from({ length: 120 }, (_, i) =>
        [
          `C-${i}`,
          `${1 + (i % 28)}.03.2026`,
          `${String(i % 40).replace('.', ',')},5`,
          `1.${100 + i},00 €`,
          i % 40 > 20 ? 'ja' : 'nein',
        ].join(';'),
      );
      const file = join(folder, "Anna's sheet.csv");
      await writeFile(
        file,
        Buffer.from(`\ufeff${['Kunde', 'Tag', 'Größe', "Preis 'netto'", 'Ziel'].join(';')}\r\n${lines.join('\r\n')}\r\n`),
      );
      const trained = await cli(product, 'train', file, '--target', 'Ziel', '--learner', 'tree', '--deploy', 'sheet');
      expect(trained.code, trained.logs).toBe(0);
      expect(trained.logs).toContain("Column 'Tag' holds dates");
      expect(trained.logs).toContain("Column 'Preis 'netto'' is written as in '1.100,00 €' and is read as numbers, here as 1100");
      const shown = /^try it: curl (\S+) -d '(.*)'$/mu.exec(trained.stdout);
      expect(shown?.[1]).toBe(`${product.url}/deployments/sheet/predict`);
      const typical = JSON.parse(String(shown?.[2]).replaceAll("'\\''", "'")) as Record<string, unknown>;
      const line = { Kunde: 'C-7', Tag: '8.03.2026', ...typical };
      const answer = await cliJson<{ prediction: string }>(product, 'predict', '--deployment', 'sheet', JSON.stringify(line));
      expect(['ja', 'nein']).toContain(answer.prediction);
      const truth = await cli(product, 'predict', '--deployment', 'sheet', JSON.stringify({ ...line, Ziel: 'ja' }));
      expect(truth.logs).toContain('Ziel: is what this model predicts');

      const failed = await cli(product, 'train', file, '--target', 'Ziel', '--learner', 'linear', '--json');
      expect(failed.code).toBe(1);
      expect(JSON.parse(failed.stdout)).toMatchObject({
        state: 'failed',
        error: expect.stringContaining("Learner 'linear' is for regression"),
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('an upload tells what stands in it, unless it is only to be stored', { timeout: 60_000 }, async () => {
    await using product = await startProduct();
    const send = async (query: string, body: string) => {
      const answer = await fetch(`${product.url}/api/v1/datasets?${query}`, { method: 'POST', body });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    const rows = 'size,colour\n1,red\n2,blue\n,blue\n';
    expect(await send('name=a.csv', rows)).toMatchObject({
      status: 201,
      body: {
        name: 'a.csv',
        rows: 3,
        bytes: rows.length,
        columns: [
          { name: 'size', missing: 1 },
          { name: 'colour', distinct: 2 },
        ],
      },
    });
    const stored = await send('inspect=false&name=b.csv', 'a,b\n1\n');
    expect(stored).toEqual({ status: 201, body: { data: expect.stringMatching(/^upload:/u), name: 'b.csv', bytes: 6 } });
    const preview = await cli(product, 'train', String(stored.body['data']), '--target', 'b', '--preview');
    expect(preview.logs).toContain("'b.csv' cannot be read: line 2: it has 1 value, but the first line names 2 columns");
    expect(await send('name=c.csv', 'a,b\n1\n')).toMatchObject({ status: 422 });
    expect((await send('inspect=perhaps', rows)).status).toBe(400);
  });

  test('columns may have the names that requests and programs use for other things', { timeout: 60_000 }, async () => {
    const names = ['features', 'key', 'prediction', 'class', 'constructor', '__proto__', 'timestamp', 'toString'];
    const folder = await mkdtemp(join(tmpdir(), 'trainyard-names-'));
    try {
      await using product = await startProduct();
      const line = (i: number): string =>
        [...names.map((_, c) => ((i * 37 + c * 11) % 53) / 4), i % 2 === 0 ? '01067' : '80331', (i * 37) % 53 > 26 ? 'p' : 'q'].join(',');
      await writeFile(
        join(folder, 'names.csv'),
        [[...names, 'zip', 'y'].join(','), ...Array.from({ length: 120 }, (_, i) => line(i))].join('\n'),
      );
      const trained = await cli(product, 'train', join(folder, 'names.csv'), '--target', 'y', '--learner', 'tree', '--deploy', 'names');
      expect(trained.code, trained.logs).toBe(0);
      expect(trained.logs).toContain("Column '__proto__' has a name that programs in JavaScript cannot use");
      const traffic = await cliJson<Record<string, unknown>>(product, 'traffic', '--count', '40', '--rate', '300', '--label-delay', '0');
      expect(traffic).toMatchObject({ ok: 40, errors: 0, labels: 40, labels_failed: 0 });
      const row = names.flatMap((name) => (name === '__proto__' ? [] : `${name}=1.50`));
      const ask = ['predict', '--deployment', 'names', ...row, 'zip=01067'];
      const { prediction_id } = await cliJson<{ prediction_id: string }>(product, ...ask);
      const recorded = () => fetch(`${product.url}/api/v1/predictions/${prediction_id}`);
      await waitFor('the event', async () => (await recorded()).ok);
      expect(await (await recorded()).json()).toMatchObject({ features: { zip: '01067', key: 1.5, features: 1.5 } });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('a worse model is registered but not promoted; a person may promote it and go back', { timeout: 120_000 }, async () => {
    await using product = await startProduct();
    await cliJson(product, ...trainIris);
    const worse = await cliJson<TrainingJob>(product, ...trainIris, '--param', 'max_depth=1');
    expect(worse.result).toMatchObject({ version: '2', promoted: false });
    expect(worse.result?.decision).toContain('Not promoted: accuracy');
    const again = await cli(product, ...trainIris, '--param', 'max_depth=1');
    expect(again.stdout).toContain('all the same: trainyard promote iris --version 3 --reason');
    const versionNow = async () =>
      (
        await cliJson<{ model_version: string }>(
          product,
          'predict',
          'sepal_length=5.1',
          'sepal_width=3.5',
          'petal_length=1.4',
          'petal_width=0.2',
        )
      ).model_version;
    expect(await versionNow()).toBe('1');
    expect(await cliJson(product, 'promote', 'iris', '--version', '2', '--reason', 'to see')).toMatchObject({ from: '1', to: '2' });
    expect(await versionNow()).toBe('2');
    expect(await cliJson(product, 'rollback', 'iris', '--reason', 'seen')).toMatchObject({ from: '2', to: '1' });
    expect(await versionNow()).toBe('1');
    const shown = await cli(product, 'models', 'show', 'iris');
    expect(shown.stdout).toMatch(/^1 +production/mu);
  });

  test('a job can be cancelled, and one that a crash cut off says so', { timeout: 120_000 }, async () => {
    const data = await mkdtemp(join(tmpdir(), 'trainyard-jobs-'));
    const long = [
      'train',
      'example:california_housing.csv',
      '--target',
      'MedHouseVal',
      '--learner',
      'forest',
      '--param',
      'n_estimators=20000',
      '--no-wait',
    ];
    try {
      await using product = await startProduct({ data });
      const first = await cliJson<TrainingJob>(product, ...long);
      const isRunning = (id: string) => async () => (await cliJson<TrainingJob>(product, 'jobs', 'show', id)).state === 'running';
      await waitFor('the first job to run', isRunning(first.job_id), 20_000);
      expect(await cliJson(product, 'jobs', 'cancel', first.job_id)).toMatchObject({ state: 'cancelled' });
      const second = await cliJson<TrainingJob>(product, ...long);
      await waitFor('the second job to run', isRunning(second.job_id), 20_000);
      await product.kill9();
      await using again = await startProduct({ data });
      const left = await cliJson<TrainingJob>(again, 'jobs', 'show', second.job_id);
      expect(left).toMatchObject({ state: 'failed', error: expect.stringContaining('The server stopped') });
      expect(await readdir(join(data, 'training/work'))).toEqual([]);
    } finally {
      await rm(data, { recursive: true, force: true });
    }
  });

  test('mistakes end with code 2, failures with 1, and an absent server is named', async () => {
    const env = { TRAINYARD_URL: 'http://127.0.0.1:9' };
    for (const args of [['nope'], ['train'], ['traffic', '--rate', 'fast'], ['train', 'no-such-file.csv', '--target', 'x'], ['events']]) {
      expect((await runTrainyard(args, env)).code, args.join(' ')).toBe(2);
    }
    const absent = await runTrainyard(['status'], env);
    expect(absent.code).toBe(1);
    expect(absent.logs).toContain('No server answers at http://127.0.0.1:9');
    const help = await runTrainyard(['train', '--help'], env);
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('Examples:');
  });
});

describeWith('python', "MLflow's own Python client", () => {
  test('loads what was trained here and asks it about data frames', { timeout: 180_000 }, async () => {
    await using product = await startProduct();
    await cliJson(product, ...trainIris);
    await cliJson(product, 'train', telco, '--target', 'Churn', '--learner', 'boosting', '--register', 'churn', '--alias', 'production');
    const ask = async (...args: string[]): Promise<string> => {
      const { code, stdout, logs } = await runPython(new URL('./python/pyfunc_frames.py', import.meta.url), args, {
        MLFLOW_TRACKING_URI: product.url,
      });
      expect(code, logs).toBe(0);
      return stdout;
    };
    const iris = await ask('models:/iris@production', join(root, 'examples/data/iris.csv'), 'species');
    expect(Number(/accuracy ([\d.]+)/u.exec(iris)?.[1])).toBeGreaterThan(0.9);
    const churn = await ask('models:/churn/1', telco, 'Churn');
    expect(Number(/accuracy ([\d.]+)/u.exec(churn)?.[1])).toBeGreaterThan(0.75);
    expect(churn).toContain('example 3');
  });
});
