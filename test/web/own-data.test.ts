import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TrainingJob } from '#contract/http/platform/training.ts';
import { describeWith } from '../harness/available.ts';
import { launchChromium } from '../harness/chromium.ts';
import { type Product, runTrainyard, startProduct } from '../harness/product.ts';
import { buildPages } from './build-pages.ts';
import { openWatched } from './watched-page.ts';

const COLUMNS = 90;
const ROWS = 120;

describeWith('chromium', "the pages of a model of somebody's own data", () => {
  let browser: Browser;
  let product: Product;
  let folder: string;
  let job: TrainingJob;

  beforeAll(async () => {
    buildPages();
    folder = await mkdtemp(join(tmpdir(), 'trainyard-own-'));
    const names = Array.from({ length: COLUMNS }, (_, c) => `c${c}`);
    const line = (row: number): string =>
      [
        ...names.map((_, c) => ((row * 31 + c * 17) % 97) / 7),
        `${1000 + (row % 7)}`.padStart(5, '0'),
        row % 40 === 0 ? 'rare' : 'usual',
      ].join(',');
    await writeFile(
      join(folder, 'wide.csv'),
      [[...names, 'zip', 'y'].join(','), ...Array.from({ length: ROWS }, (_, row) => line(row))].join('\n'),
    );
    [browser, product] = await Promise.all([launchChromium(), startProduct({ env: { TRAINYARD__SERVING__GRPC_PORT: 'off' } })]);
    const args = [
      'train',
      join(folder, 'wide.csv'),
      '--target',
      'y',
      '--learner',
      'logistic',
      '--folds',
      '0',
      '--deploy',
      'wide',
      '--json',
    ];
    const { code, stdout, logs } = await runTrainyard(args, { TRAINYARD_URL: product.url });
    expect(code, logs).toBe(0);
    job = JSON.parse(stdout) as TrainingJob;
  }, 90_000);

  afterAll(async () => {
    await browser?.close();
    await product?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test('of many fields the first are shown, and all when asked for', async () => {
    await using watched = await openWatched(browser, { origin: product.url });
    const { page } = watched;
    await page.goto('/deployments/wide');
    const schema = page.getByRole('region', { name: 'Schema' });
    await schema.getByText(`the first 60 of ${COLUMNS + 1}`).waitFor();
    expect(await schema.getByRole('row').count()).toBe(61);
    await schema.getByRole('button', { name: 'Show all' }).click();
    await schema.getByRole('cell', { name: 'zip' }).waitFor();
    expect(await schema.getByRole('button', { name: 'Show all' }).count()).toBe(0);
    const form = page.getByRole('region', { name: 'Try it' });
    expect(await form.getByRole('textbox').count()).toBe(60);
    await form.getByRole('button', { name: 'Predict', exact: true }).click();
    await form.getByText('See its event').waitFor();
    expect(watched.complaints).toEqual([]);
  }, 40_000);

  test('traffic of fewer rows than fields is told to look like drift', async () => {
    const told = /wide: its 24 held-back rows are sent again and again; with 91 fields some will look like drift by chance/u;
    const traffic = (count: string) =>
      runTrainyard(['traffic', '--count', count, '--rate', '500', '--no-labels'], { TRAINYARD_URL: product.url });
    expect((await traffic('30')).logs).toMatch(told);
    expect((await traffic('20')).logs).not.toMatch(told);
  }, 40_000);

  test('the run says what training noted of the data and of the model', async () => {
    await using watched = await openWatched(browser, { origin: product.url });
    const { page } = watched;
    await page.goto(`/runs/${job.result?.run_id}`);
    const notes = page.getByRole('region', { name: 'Noted in training' });
    await notes.getByText("Column 'zip' holds digits with leading zeros such as '01000'").waitFor();
    expect(await notes.getByRole('paragraph').allTextContents()).toEqual(job.warnings);
    expect(watched.complaints).toEqual([]);
  }, 40_000);
});
