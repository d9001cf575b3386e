import { expect, test } from 'vitest';
import { describeWith } from '#test/harness/available.ts';
import { freshDatabase } from '#test/harness/postgres.ts';
import { startProduct } from '#test/harness/product.ts';
import { runPython } from '#test/harness/python.ts';
import { freshBucket } from '#test/harness/s3.ts';

const roles = ['--target', 'tracking,registry,artifacts'];
const script = (name: string) => new URL(`./python/${name}.py`, import.meta.url);

async function tellStory(url: string, name = 'mlflow_story', ...args: readonly string[]): Promise<void> {
  const { code, stdout, logs } = await runPython(script(name), args, { MLFLOW_TRACKING_URI: url });
  expect(code, logs).toBe(0);
  expect(stdout).toMatch(/^ok \d+\.\d+/mu);
}

describeWith('python', "MLflow's own Python client", () => {
  test('does a week of work on the embedded database', { timeout: 240_000 }, async () => {
    await using product = await startProduct({ args: roles });
    await tellStory(product.url);
  });

  test('logs ONNX models and traces, and serves its own command line', { timeout: 240_000 }, async () => {
    await using product = await startProduct({ args: roles });
    await tellStory(product.url, 'mlflow_more');
  });

  test('writes from ten processes at once, pages, reads long histories, logs pictures, and serves what is registered', {
    timeout: 240_000,
  }, async () => {
    await using product = await startProduct({ args: roles });
    await tellStory(product.url, 'mlflow_volume', 'serving');
  });

  describeWith('postgres', 'with Postgres', () => {
    test('does the same on Postgres', { timeout: 240_000 }, async () => {
      await using database = await freshDatabase();
      await using product = await startProduct({ args: roles, env: { DATABASE_URL: database.url } });
      await tellStory(product.url);
    });

    describeWith('minio', 'and MinIO', () => {
      test('does the same on Postgres and S3', { timeout: 400_000 }, async () => {
        await using database = await freshDatabase();
        await using bucket = await freshBucket();
        const args = [...roles, '--backend-store-uri', database.url, '--artifacts-destination', `s3://${bucket.name}`];
        await using product = await startProduct({ args, env: { ...bucket.env, TRAINYARD__BLOBS__CREATE_BUCKET: 'true' } });
        await tellStory(product.url);
        await tellStory(product.url, 'mlflow_more');
        await tellStory(product.url, 'mlflow_volume');
      });
    });
  });
});
