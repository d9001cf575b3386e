import { describe, expect, test } from 'vitest';
import { bundledTable, fileTable } from '#test/harness/file-table.ts';
import { type RunOptions, runTask } from './run-task.ts';

const options = (more: Partial<RunOptions> = {}): RunOptions => ({ memoryMb: 512, signal: new AbortController().signal, ...more });

describe('the training process', () => {
  test('fits, measures and exports a model of the iris data', async () => {
    const file = await bundledTable('examples/data/iris.csv');
    const request = { data: 'x', target: 'species', learner: 'tree', test_size: 0.3, seed: 7 };
    const steps: string[] = [];
    const trained = await runTask({ kind: 'train', request, source: 'iris' }, file, options({ onProgress: (_, step) => steps.push(step) }));
    expect(trained.rows).toEqual({ train: 105, validation: 0, test: 45, outliers: 0, leftOut: 0 });
    expect(trained.schema.classes).toEqual(['setosa', 'versicolor', 'virginica']);
    const model = trained.models[trained.best];
    expect(model?.metrics['test_accuracy']).toBeGreaterThan(0.85);
    expect(model?.metrics['cv_mean_accuracy']).toBeGreaterThan(0.85);
    expect(model?.onnx.length).toBeGreaterThan(500);
    expect(model?.profile.columns.map(({ name }) => name)).toEqual(['sepal_length', 'sepal_width', 'petal_length', 'petal_width']);
    expect(Object.keys(model?.files ?? {}).sort()).toEqual([
      'confusion_matrix.json',
      'confusion_matrix.svg',
      'feature_importance.json',
      'feature_importance.svg',
    ]);
    expect(steps[0]).toBe('reading the columns');
  });

  test('holds rows back that no model was fitted on', async () => {
    const file = await bundledTable('examples/data/iris.csv');
    const train = (seed: number) =>
      runTask(
        { kind: 'train', request: { data: 'x', target: 'species', learner: 'tree', seed, folds: 0 }, source: 'iris' },
        file,
        options(),
      );
    const [one, again, other] = await Promise.all([train(1), train(1), train(2)]);
    const held = JSON.parse(one.heldBack) as { columns: string[]; data: unknown[][] };
    expect(held.columns).toEqual(['sepal_length', 'sepal_width', 'petal_length', 'petal_width', 'species']);
    expect(held.data).toHaveLength(one.rows.test);
    expect(one.models[0]?.profile.rows).toBe(150 - held.data.length);
    expect(again.heldBack).toBe(one.heldBack);
    expect(again.models[0]?.onnx).toEqual(one.models[0]?.onnx);
    expect(other.heldBack).not.toBe(one.heldBack);
  });

  test('takes categories, blanks and CRLF as the churn data has them', async () => {
    const file = await bundledTable('test/fixtures/telco_churn.csv');
    const request = { data: 'x', target: 'Churn', learner: 'tree', params: { max_depth: 6 } };
    const trained = await runTask({ kind: 'train', request, source: 'churn' }, file, options());
    expect(trained.models[0]?.metrics['test_accuracy']).toBeGreaterThan(0.76);
    expect(trained.test.columns.map(({ name }) => name)).toContain('customerID');
  });

  test('compares learners, ranks them on validation rows and leaves outliers out of training only', async () => {
    const file = await bundledTable('examples/data/california_housing.csv');
    const learner = ['linear', { learner: 'tree', params: { max_depth: 10 } }];
    const request = { data: 'x', target: 'MedHouseVal', learner, validation_size: 0.1, test_size: 0.2, max_z: 3, folds: 0 };
    const trained = await runTask({ kind: 'train', request, source: 'housing' }, file, options());
    expect(trained.models[trained.best]?.learner).toBe('tree');
    expect(trained.rows.validation).toBe(2064);
    expect(trained.rows.test).toBe(4128);
    expect(trained.rows.train + trained.rows.outliers).toBe(14448);
    expect(trained.models[1]?.metrics['val_rmse']).toBeLessThan(0.75);
  });

  test('tells mistakes of the data and of the request in their own words', async () => {
    const file = fileTable(`x,y\n${Array.from({ length: 30 }, (_, i) => `${i * i},5`).join('\n')}`);
    const run = (request: object, from = file) =>
      runTask({ kind: 'train', request: { data: 'x', target: 'y', ...request }, source: 's' }, from, options());
    await expect(run({})).rejects.toMatchObject({ spec: { code: 'TRAINING_DATA_REFUSED', status: 422 } });
    const iris = await bundledTable('examples/data/iris.csv');
    await expect(run({ target: 'species', learner: 'oracle' }, iris)).rejects.toThrow("There is no learner 'oracle'");
    await expect(run({ target: 'species', learner: ['tree', 'linear'] }, iris)).rejects.toThrow("Learner 'linear' is for regression");
    await expect(run({ target: 'species', learner: 'tree', params: { depth: 1 } }, iris)).rejects.toMatchObject({
      spec: { code: 'TRAINING_REQUEST_REFUSED' },
    });
  });

  test('does not start when it is cancelled before there is a process', async () => {
    const abort = new AbortController();
    const file = await bundledTable('examples/data/iris.csv');
    const request = { data: 'x', target: 'species', learner: 'tree' };
    const running = runTask({ kind: 'train', request, source: 's' }, file, options({ signal: abort.signal }));
    abort.abort();
    await expect(running).rejects.toMatchObject({ spec: { code: 'TRAINING_CANCELLED' } });
  });

  test('ends when it is cancelled', async () => {
    const abort = new AbortController();
    const file = await bundledTable('examples/data/california_housing.csv');
    const request = { data: 'x', target: 'MedHouseVal', learner: 'forest', params: { n_estimators: 5000 } };
    const running = runTask(
      { kind: 'train', request, source: 's' },
      file,
      options({ signal: abort.signal, onProgress: () => abort.abort() }),
    );
    await expect(running).rejects.toMatchObject({ spec: { code: 'TRAINING_CANCELLED' } });
    await expect(runTask({ kind: 'inspect' }, file, options({ signal: abort.signal }))).rejects.toMatchObject({
      spec: { code: 'TRAINING_CANCELLED' },
    });
  });

  test('looks into a file without training', async () => {
    const file = await bundledTable('examples/data/iris.csv');
    const { columns } = await runTask({ kind: 'inspect' }, file, options());
    expect(columns[4]).toEqual({ name: 'species', kind: 'category', missing: 0, distinct: 3, example: 'setosa' });
    const { preview } = await runTask({ kind: 'preview', request: { data: 'x', target: 'species' } }, file, options());
    expect(preview).toMatchObject({ rows: 150, rows_left_out: 0, schema: { task: 'classification', target: 'species' } });
  });
});
