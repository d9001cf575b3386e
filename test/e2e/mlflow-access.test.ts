import { expect, test } from 'vitest';
import { describeWith } from '#test/harness/available.ts';
import { startProduct } from '#test/harness/product.ts';
import { runPython } from '#test/harness/python.ts';

const script = new URL('./python/mlflow_access.py', import.meta.url);
const TOKEN = 'a-token-of-the-test';

describeWith('python', "MLflow's client at a server with a token", () => {
  test('is let in by its token or by its password, and by nothing else', { timeout: 120_000 }, async () => {
    await using product = await startProduct({ args: ['--target', 'tracking,registry,artifacts'], env: { TRAINYARD_TOKEN: TOKEN } });
    const tried = async (what: 'allowed' | 'refused', env: Readonly<Record<string, string>>): Promise<void> => {
      const { code, stdout, logs } = await runPython(script, [what], { MLFLOW_TRACKING_URI: product.url, ...env });
      expect(code, logs).toBe(0);
      expect(stdout).toMatch(/^ok \d+\.\d+/mu);
    };
    await Promise.all([
      tried('allowed', { MLFLOW_TRACKING_TOKEN: TOKEN }),
      tried('allowed', { MLFLOW_TRACKING_USERNAME: 'anybody', MLFLOW_TRACKING_PASSWORD: TOKEN }),
    ]);
    await Promise.all([tried('refused', {}), tried('refused', { MLFLOW_TRACKING_TOKEN: 'another' })]);
  });
});
