import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '#test/harness/available.ts';
import { type FreshDatabase, freshDatabase } from '#test/harness/postgres.ts';
import { type Product, startProduct } from '#test/harness/product.ts';
import { MlflowServer } from './mlflow-server.ts';

const PATHS = [
  'experiments/create',
  'experiments/search',
  'experiments/update',
  'experiments/set-experiment-tag',
  'experiments/search-datasets',
  'runs/create',
  'runs/update',
  'runs/log-metric',
  'runs/log-batch',
  'runs/log-parameter',
  'runs/log-inputs',
  'runs/log-model',
  'runs/outputs',
  'runs/set-tag',
  'runs/search',
  'logged-models',
  'logged-models/search',
  'registered-models/create',
  'registered-models/alias',
  'model-versions/create',
  'model-versions/transition-stage',
  'traces',
  'traces/search',
  'traces/delete-traces',
];

const KEYS = [
  'name',
  'run_id',
  'experiment_id',
  'experiment_ids',
  'key',
  'value',
  'timestamp',
  'step',
  'metrics',
  'params',
  'tags',
  'filter',
  'order_by',
  'max_results',
  'page_token',
  'version',
  'alias',
  'source',
  'stage',
  'models',
  'datasets',
  'start_time',
  'end_time',
  'status',
  'new_name',
  'locations',
  'request_ids',
  'artifact_location',
];

// It runs on Postgres, which is the stricter of the two: it refuses NUL, malformed numbers and values out of range.
describeWith('postgres', 'any body at all', () => {
  let database: FreshDatabase;
  let product: Product;
  let server: MlflowServer;
  let known: string[];
  beforeAll(async () => {
    database = await freshDatabase();
    product = await startProduct({ args: ['--target', 'tracking,registry,artifacts'], env: { DATABASE_URL: database.url } });
    server = new MlflowServer(product.url);
    await server.ok('registered-models/create', { name: 'm' });
    known = [
      await server.run('0'),
      '0',
      'm',
      '1',
      'NaN',
      '-1',
      '9223372036854775807',
      'metrics.a > 1e300',
      'start_time < 1.5',
      "status = '\\'",
      'start_time DESC',
      'ALL',
    ];
  });
  afterAll(async () => {
    await product[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  test('is answered with success or with what is wrong with it, never with a failure of the server', { timeout: 60_000 }, async () => {
    const leaf = fc.oneof(
      fc.constantFrom(...known),
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom(null, true, -1, 0, 1, 1.5, 1e300, 2 ** 53, -(2 ** 31)),
    );
    const object = (value: fc.Arbitrary<unknown>) => fc.dictionary(fc.constantFrom(...KEYS), value, { maxKeys: 6 });
    const body = object(fc.oneof(leaf, fc.array(leaf, { maxLength: 3 }), fc.array(object(leaf), { maxLength: 2 })));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...PATHS), body, async (path, sent) => {
        const { status, body: answer } = await server.post(path, sent);
        expect(status, `${path} ${JSON.stringify(sent)} ${JSON.stringify(answer)}`).toBeLessThan(500);
        if (status !== 200) expect(answer).toMatchObject({ error_code: expect.any(String), message: expect.any(String) });
      }),
      { numRuns: 1500 },
    );
  });
});
