import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readModel } from '#onnx/model-reader.ts';
import { describeWith } from '#test/harness/available.ts';
import { type Product, runTrainyard, startProduct } from '#test/harness/product.ts';
import { pythonPath, runPython } from '#test/harness/python.ts';
import { call } from './loop-story.ts';
import { post } from './serving-models.ts';

describeWith('python', 'trainyard convert', () => {
  let product: Product;
  let folder: string;
  let run: string;
  let python: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trainyard-convert-test-'));
    python = await pythonPath();
    product = await startProduct({ env: { TRAINYARD__SERVING__GRPC_PORT: 'off' } });
    const made = await runPython(new URL('./python/convertible_models.py', import.meta.url), [folder, product.url]);
    expect(made.code, made.logs).toBe(0);
    run = /^run (\w+)$/mu.exec(made.stdout)?.[1] ?? '';
  }, 120_000);

  afterAll(async () => {
    await product[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const convert = (model: string, ...more: string[]) =>
    runTrainyard(['convert', model, '--python', python, '--url', product.url, ...more], {}, folder);

  test.each([
    ['scikit-learn by joblib', 'words.joblib', 'sklearn.linear_model'],
    ['LightGBM in a compressed pipeline', 'light.joblib', 'sklearn.pipeline'],
    ["LightGBM's own text", 'light.txt', 'lightgbm.basic.Booster'],
    ["XGBoost's own file", 'boost.ubj', 'xgboost.core.Booster'],
  ])('%s becomes ONNX and is proved on made-up rows', { timeout: 60_000 }, async (_, file, made) => {
    const { code, stdout, logs } = await convert(file, '--out', 'out.onnx', '--trust', '--json');
    expect(code, logs).toBe(0);
    const told = JSON.parse(stdout) as { class: string; max_difference: number };
    expect(told).toMatchObject({ class: expect.stringContaining(made), rows: 200, source: 'made-up rows' });
    expect(told.max_difference).toBeLessThan(1e-5);
    expect(readModel(await readFile(join(folder, 'out.onnx'))).operators.length).toBeGreaterThan(0);
  });

  test('a pipeline with text columns is proved on its example, registered, deployed, and answers as the pipeline', {
    timeout: 60_000,
  }, async () => {
    const { code, logs } = await convert(
      'pipeline.pkl',
      '--input-example',
      'pipeline.csv',
      '--register',
      'churn',
      '--alias',
      'live',
      '--trust',
    );
    expect(code, logs).toBe(0);
    expect(logs).toMatch(/100 rows of the input example answered alike, largest difference \d\.\de-\d/u);
    const variants = [{ role: 'primary', model: 'models:/churn@live' }];
    const { schema } = await call<{ schema: { fields: { name: string; type: string }[] } }>(
      'PUT',
      `${product.url}/api/v1/deployments/churn`,
      {
        variants,
      },
    );
    expect(schema.fields.map((f) => f.type)).toEqual(['string', 'long', 'string', 'string', 'string', 'long', 'double', 'double']);
    const asked: unknown = JSON.parse(await readFile(join(folder, 'pipeline.rows.json'), 'utf8'));
    const { predictions } = (await post(`${product.url}/deployments/churn/predict`, asked)) as { predictions: { prediction: string }[] };
    expect(predictions.map((p) => p.prediction)).toEqual(JSON.parse(await readFile(join(folder, 'pipeline.expected.json'), 'utf8')));
  });

  test('models of the registry and of runs are fetched and proved on the example that they carry', { timeout: 60_000 }, async () => {
    const registered = await convert('models:/flowers/1', '--out', 'flowers.onnx', '--json');
    expect(registered.code, registered.logs).toBe(0);
    expect(JSON.parse(registered.stdout)).toMatchObject({ rows: 5, source: "the model's own input example" });
    const ofRun = await convert(`runs:/${run}/boosted`, '--out', 'boosted.onnx', '--json');
    expect(ofRun.code, ofRun.logs).toBe(0);
    expect(JSON.parse(ofRun.stdout)).toMatchObject({ class: 'xgboost.sklearn.XGBClassifier' });
    const nowhere = await convert(`runs:/${run}/nothing`, '--out', 'nothing.onnx');
    expect([nowhere.code, nowhere.logs]).toEqual([2, expect.stringContaining("has no model at 'nothing'")]);
  });

  test('a model that would answer otherwise is refused and nothing is written', { timeout: 60_000 }, async () => {
    const { code, logs } = await convert('far.pkl', '--input-example', 'far.csv', '--out', 'far.onnx', '--trust');
    expect(code).toBe(1);
    expect(logs).toMatch(/does not answer the same: \d+ of 200 rows of the input example differ \(largest difference/u);
    expect(existsSync(join(folder, 'far.onnx'))).toBe(false);
  });

  test('a pickle is not opened before somebody says so', { timeout: 60_000 }, async () => {
    const { code, logs } = await convert('trap.pkl', '--out', 'trap.onnx');
    expect([code, logs]).toEqual([2, expect.stringContaining('a pickle can do anything that you can do')]);
    const check = await convert('trap.pkl', '--check');
    expect(check.logs).toContain('it needs --trust');
    expect(existsSync(join(folder, 'sprung'))).toBe(false);
  });

  test('what cannot be converted is told in a sentence', { timeout: 60_000 }, async () => {
    const said = async (...args: [string, ...string[]]) => {
      const { code, logs } = await convert(...args);
      return [code, /error: (.*)/u.exec(logs)?.[1]];
    };
    expect(await said('dict.joblib', '--out', 'x.onnx', '--trust')).toEqual([1, 'It holds a builtins.dict, which has no predict.']);
    expect(await said('notes.md', '--out', 'x.onnx')).toEqual([1, expect.stringContaining("'notes.md' is no model that can be read")]);
    expect(await said('pipeline.pkl', '--out', 'x.onnx', '--trust')).toEqual([1, expect.stringContaining('--input-example')]);
    expect(await said('nowhere.pkl', '--out', 'x.onnx')).toEqual([1, expect.stringContaining("There is no '")]);
    expect(await said('words.joblib')).toEqual([2, expect.stringContaining('--out FILE')]);
  });

  test('missing packages are named with the command that installs them', { timeout: 60_000 }, async () => {
    const bare = join(folder, 'bare');
    const made = await runPython('-m', ['venv', '--without-pip', bare]);
    expect(made.code, made.logs).toBe(0);
    const { code, logs } = await convert('words.joblib', '--check', '--python', join(bare, 'bin', 'python'));
    expect(code).toBe(1);
    expect(logs).toMatch(/bare\/bin\/python lacks the packages numpy, pandas, scikit-learn, .*-m pip install numpy pandas scikit-learn/u);
    const none = await convert('words.joblib', '--check', '--python', join(bare, 'no-python'));
    expect([none.code, none.logs]).toEqual([1, expect.stringContaining('does not start')]);
  });
});
