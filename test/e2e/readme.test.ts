import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '#test/harness/available.ts';
import { type Product, startProduct } from '#test/harness/product.ts';
import { runPython } from '#test/harness/python.ts';
import { call, ready } from './loop-story.ts';

const root = new URL('../../', import.meta.url);
const ADDRESS = /http:\/\/127\.0\.0\.1:8000/gu;

/** Code blocks of the README, by language. */
async function blocks(language: string): Promise<string[]> {
  const text = await readFile(new URL('README.md', root), 'utf8');
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'gu'))].map((m) => m[1] as string);
}

function shell(command: string, env: Readonly<Record<string, string>>): Promise<{ code: number | null; out: string }> {
  const child = spawn('bash', ['-c', command], { cwd: root, env: { ...process.env, ...env } });
  let out = '';
  child.stdout.on('data', (part: Buffer) => {
    out += part.toString();
  });
  child.stderr.on('data', (part: Buffer) => {
    out += part.toString();
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out })));
}

describeWith('curl', 'what the README tells people to type', () => {
  let product: Product;
  let folder: string;
  beforeAll(async () => {
    product = await startProduct({ args: ['--examples'] });
    folder = await mkdtemp(join(tmpdir(), 'trainyard-readme-'));
    await ready({ core: product.url, serving: product.url });
  }, 120_000);
  afterAll(async () => {
    await product[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  const here = (text: string): string => text.replace(ADDRESS, product.url);

  test('the question to the example model is answered as shown', async () => {
    const [command] = (await blocks('sh')).filter((block) => block.includes('/predict -H'));
    const shown = JSON.parse((await blocks('json'))[0] as string) as Record<string, unknown>;
    const { code, out } = await shell(
      `${here(command as string)
        .trim()
        .replace('curl', 'curl -sS')}`,
      {},
    );
    expect(code).toBe(0);
    const answer = JSON.parse(out) as Record<string, unknown>;
    expect(Object.keys(answer).sort()).toEqual(Object.keys(shown).sort());
    expect(answer).toMatchObject({ prediction: shown.prediction, probabilities: shown.probabilities, deployment: 'iris' });
  });

  test('a file of one’s own is trained, deployed and answers', async () => {
    const [block] = (await blocks('sh')).filter((text) => text.includes('your.csv'));
    const [train, curl] = (block as string).trim().split('\n') as [string, string];
    await copyFile(new URL('examples/data/iris.csv', root), join(folder, 'your.csv'));
    const command = train.replace('your.csv', join(folder, 'your.csv')).replace('--target column', '--target species');
    const trained = await shell(command, { TRAINYARD_URL: product.url });
    expect(trained).toMatchObject({ code: 0 });
    const row = '{"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}';
    const asked = await shell(
      here(curl)
        .replace(/\{.*\}/u, row)
        .replace('curl', 'curl -sS'),
      {},
    );
    expect(JSON.parse(asked.out)).toMatchObject({ prediction: 'setosa', deployment: 'mine' });
  }, 120_000);

  test('the truth is told by the line that is shown', async () => {
    const text = await readFile(new URL('README.md', root), 'utf8');
    const line = /`(curl [^`]*\/feedback[^`]*)`/u.exec(text)?.[1] as string;
    const { prediction_id } = await call<{ prediction_id: string }>('POST', `${product.url}/predict`, { features: [5.1, 3.5, 1.4, 0.2] });
    const { out } = await shell(here(line).replace('…', prediction_id).replace('curl', 'curl -sS'), {});
    expect(JSON.parse(out)).toMatchObject({ accepted: 1, unknown: [] });
  });

  describeWith('python', 'with Python', () => {
    test('the Python lines log a run', async () => {
      const [script] = await blocks('python');
      const file = join(folder, 'first.py');
      await writeFile(file, here(script as string));
      expect(await runPython(file)).toMatchObject({ code: 0 });
      const found = await call<{ runs: { data: { metrics: { key: string; value: number }[] } }[] }>(
        'POST',
        `${product.url}/api/2.0/mlflow/runs/search`,
        {
          experiment_ids: [
            (
              await call<{ experiment: { experiment_id: string } }>(
                'GET',
                `${product.url}/api/2.0/mlflow/experiments/get-by-name?experiment_name=first`,
              )
            ).experiment.experiment_id,
          ],
          max_results: 5,
        },
      );
      expect(found.runs[0]?.data.metrics).toMatchObject([{ key: 'rmse', value: 0.47 }]);
    }, 120_000);
  });
});
