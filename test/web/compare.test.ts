import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { describeWith } from '../harness/available.ts';
import { withFilledProduct } from './filled-product.ts';
import { fillTracking } from './filled-tracking.ts';
import { openWatched } from './watched-page.ts';

const TIMEOUT = 120_000;

/** What a chart shows: its pixels as text. */
const drawn = (page: Page, title: RegExp): Promise<string> =>
  page
    .getByRole('figure', { name: title })
    .locator('canvas')
    .first()
    .evaluate((canvas) => (canvas as unknown as { toDataURL(): string }).toDataURL());

describeWith('chromium', 'charts, comparisons, files and models', () => {
  const suite = withFilledProduct(fillTracking);

  test(
    'a curve is drawn over steps or time, on a log axis, and smoothed',
    async () => {
      await using watched = await openWatched(suite.browser, { origin: suite.product.url });
      const { page } = watched;
      await page.goto(`/runs/${suite.filled.runs[1]}?tab=charts`);
      const curve = /val loss/iu;
      await page.getByRole('figure', { name: curve }).locator('canvas').first().waitFor();
      const seen = [await drawn(page, curve)];
      const next = async (): Promise<void> => {
        await expect.poll(async () => seen.includes(await drawn(page, curve))).toBe(false);
        seen.push(await drawn(page, curve));
      };
      await page.getByText('Relative', { exact: true }).click();
      await next();
      await page.getByRole('switch', { name: 'Log axis' }).click({ force: true });
      await next();
      await page.getByRole('slider', { name: 'Smoothing' }).focus();
      for (let i = 0; i < 60; i++) await page.keyboard.press('ArrowRight');
      await page.getByText('0.60', { exact: true }).first().waitFor();
      await next();
      expect(watched.complaints).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    'twenty runs are compared, and one is left out',
    async () => {
      await using watched = await openWatched(suite.browser, { origin: suite.product.url });
      const { page } = watched;
      const answer = await fetch(`${suite.product.url}/api/2.0/mlflow/runs/search`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ experiment_ids: [suite.filled.many], max_results: 20 }),
      });
      const { runs } = (await answer.json()) as { runs: { info: { run_id: string } }[] };
      const ids = runs.map(({ info }) => info.run_id);
      await page.goto(`/compare?runs=${encodeURIComponent(JSON.stringify(ids))}`);
      await page.getByRole('heading', { level: 1, name: 'Compare 20 runs' }).waitFor();
      await page.getByRole('img', { name: /^Parallel coordinates of 20 runs/u }).waitFor();
      const scatter = page.getByRole('img', { name: /against .+ of 20 runs$/u });
      await scatter.waitFor();
      await page.getByRole('combobox', { name: 'Across' }).click();
      await page.getByRole('option', { name: 'log_loss' }).click();
      await page.waitForURL(/x=metrics\.log_loss/u);
      await page
        .getByRole('button', { name: /^Leave .+ out$/u })
        .first()
        .click();
      await page.getByRole('heading', { level: 1, name: 'Compare 19 runs' }).waitFor();
      expect(watched.complaints).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    'files are shown as what they are',
    async () => {
      await using watched = await openWatched(suite.browser, { origin: suite.product.url });
      const { page } = watched;
      const open = (path: string) => page.goto(`/runs/${suite.filled.runs[1]}?tab=artifacts&path=${path}`);
      await open('report/importance.csv');
      await page.getByRole('cell', { name: 'a, b' }).waitFor();
      await open('report/metrics.json');
      await page.getByText('"accuracy"').waitFor();
      await open('confusion.png');
      const image = page.getByRole('article', { name: 'confusion.png' }).locator('img');
      await image.waitFor();
      await expect.poll(() => image.evaluate((element) => (element as unknown as { naturalWidth: number }).naturalWidth)).toBe(1);
      await open('weights.bin');
      await page.getByRole('article', { name: 'weights.bin' }).getByRole('link', { name: 'Download', exact: true }).first().waitFor();
      expect(watched.complaints).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    'a version is exported from its page',
    async () => {
      await using watched = await openWatched(suite.browser, { origin: suite.product.url });
      const { page } = watched;
      await page.goto('/models/churn/2');
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Export' }).click()]);
      const chunks: Buffer[] = [];
      for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
      const names = Buffer.concat(chunks).toString('latin1');
      expect(download.suggestedFilename()).toContain('churn');
      expect(names).toContain('README.md');
      expect(names).toContain('MLmodel');
    },
    TIMEOUT,
  );

  test(
    'a model is described and tagged, its version staged, and an alias set and taken away',
    async () => {
      await using watched = await openWatched(suite.browser, { origin: suite.product.url });
      const { page } = watched;
      await page.goto('/models/churn');
      await page.getByRole('button', { name: 'Describe the model' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('textbox', { name: 'Description' }).fill('Who leaves next month.');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Who leaves next month.').waitFor();
      await page.getByRole('button', { name: 'Tag', exact: true }).click();
      await page.getByRole('textbox', { name: 'Key of the tag' }).fill('owner');
      await page.getByRole('textbox', { name: 'Value of the tag' }).fill('ada');
      await page.getByRole('textbox', { name: 'Value of the tag' }).press('Enter');
      await page.getByText('owner: ada').waitFor();
      await page.getByRole('button', { name: 'Remove the tag owner' }).click();
      await page.getByText('owner: ada').waitFor({ state: 'detached' });
      await page.goto('/models/churn/1');
      await page.getByRole('combobox', { name: 'Stage' }).click();
      await page.getByRole('option', { name: 'Staging' }).click();
      await page.getByText('Version 1 is in stage Staging.').waitFor();
      await page.reload();
      expect(await page.getByRole('combobox', { name: 'Stage' }).inputValue()).toBe('Staging');
      await page.goto('/models/churn');
      await page.getByRole('button', { name: 'Remove @production' }).click();
      await dialog.getByRole('button', { name: /^Remove/u }).click();
      await page.getByRole('button', { name: 'Remove @production' }).waitFor({ state: 'detached' });
      expect(watched.complaints).toEqual([]);
    },
    TIMEOUT,
  );
});
