import { mkdir, stat } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../harness/available.ts';
import { launchChromium } from '../harness/chromium.ts';
import { type Product, runTrainyard, startProduct } from '../harness/product.ts';
import { waitFor } from '../harness/wait-for.ts';
import { buildPages } from './build-pages.ts';
import { namelessControls, openWatched } from './watched-page.ts';

const PAGES = [
  ['/', 'Overview'],
  ['/deployments', 'Deployments'],
  ['/deployments/iris', 'iris'],
  ['/deployments/housing', 'housing'],
  ['/predictions', 'Predictions'],
  ['/experiments', 'Experiments'],
  ['/models', 'Models'],
  ['/redoc', 'API reference'],
] as const;

const KEEP_SCREENSHOTS = process.env.TRAINYARD_SCREENSHOTS === '1';
const MOST_BYTES = 300 * 1024;

/** Pictures for readers show a few minutes of traffic; for the checks a burst will do. */
const ROWS = KEEP_SCREENSHOTS ? 1500 : 240;

async function keep(page: Page, name: string): Promise<void> {
  if (!KEEP_SCREENSHOTS) return;
  await mkdir('docs/images', { recursive: true });
  await page.screenshot({ path: `docs/images/${name}.png` });
  expect((await stat(`docs/images/${name}.png`)).size).toBeLessThan(MOST_BYTES);
}

async function countOf({ url }: Product, filter: string): Promise<number> {
  const answer = await fetch(`${url}/api/v1/predictions/count?${filter}`);
  return ((await answer.json()) as { count: number }).count;
}

/** Both examples trained and deployed, traffic sent, everything indexed and labelled. */
async function startWithTraffic(): Promise<Product> {
  const product = await startProduct({ args: ['--examples'], env: { TRAINYARD__SERVING__GRPC_PORT: '0' } });
  const json = async <T>(path: string): Promise<T> => (await (await fetch(product.url + path)).json()) as T;
  const isReady = async () =>
    (await fetch(`${product.url}/readyz`)).ok && (await json<{ items: unknown[] }>('/api/v1/deployments')).items.length === 2;
  await waitFor('both examples', isReady, 90_000);
  const sent = await runTrainyard([
    'traffic',
    '--url',
    product.url,
    '--count',
    String(ROWS),
    '--rate',
    KEEP_SCREENSHOTS ? '15' : '120',
    '--label-delay',
    '0',
  ]);
  expect(sent.code, sent.logs).toBe(0);
  await waitFor('the index', async () => (await countOf(product, 'variant=primary')) >= ROWS, 20_000);
  const labelled = async () => (await json<{ coverage: { labelled: number } }>('/api/v1/monitors/iris/quality')).coverage.labelled;
  await waitFor('labels', async () => (await labelled()) >= 100, 20_000);
  return product;
}

describeWith('chromium', 'the pages', () => {
  let browser: Browser;
  let product: Product;

  beforeAll(
    async () => {
      buildPages();
      browser = await launchChromium();
      product = await startWithTraffic();
    },
    KEEP_SCREENSHOTS ? 400_000 : 150_000,
  );

  afterAll(async () => {
    await browser?.close();
    await product?.[Symbol.asyncDispose]();
  });

  test.each(['light', 'dark'] as const)(
    'every page loads without a complaint (%s)',
    async (scheme) => {
      await using watched = await openWatched(browser, { origin: product.url, scheme });
      const { page } = watched;
      for (const [path, heading] of PAGES) {
        await page.goto(path);
        await page.getByRole('heading', { level: 1, name: heading }).waitFor();
        await expect.poll(() => page.title(), { message: path }).toBe(`${heading} · Trainyard`);
        await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
        const text = await page.evaluate<string>('document.body.innerText');
        expect(text, path).not.toMatch(/\b(?:undefined|NaN|null|Invalid Date|\[object Object\])\b/u);
        expect(await page.getByRole('alert').count(), path).toBe(0);
        expect(await namelessControls(page), path).toEqual([]);
        const paper = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
        expect(paper, path).toBe(scheme === 'dark' ? 'rgb(15, 16, 18)' : 'rgb(246, 247, 249)');
      }
      expect(watched.complaints).toEqual([]);
    },
    60_000,
  );

  test('no page is wider than a phone', async () => {
    await using watched = await openWatched(browser, { origin: product.url });
    const { page } = watched;
    await page.setViewportSize({ width: 390, height: 844 });
    for (const [path, heading] of PAGES) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
      await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
      const beyond = () => page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      await expect.poll(beyond, { message: path }).toBe(0);
    }
    expect(watched.complaints).toEqual([]);
  }, 60_000);

  test('the overview says what is live, and its numbers lead to the events behind them', async () => {
    await using watched = await openWatched(browser, { origin: product.url });
    const { page } = watched;
    await page.goto('/?range=15m');
    const iris = page.getByRole('row', { name: /^iris/u });
    await iris.getByText('accuracy').waitFor();
    await iris.getByText('live').waitFor();
    await keep(page, 'overview');
    await iris
      .getByRole('link', { name: /^[\d,]+$/u })
      .first()
      .click();
    await page.waitForURL(/\/predictions\?.*deployment=iris/u);
    await page.getByText(`of ${(ROWS / 2).toLocaleString('en')} loaded`).waitFor();
    expect(watched.complaints).toEqual([]);
  }, 120_000);

  test('the form is filled with typical values, answers with probabilities, and its event tells the lineage', async () => {
    await using watched = await openWatched(browser, { origin: product.url });
    const { page } = watched;
    await page.goto('/deployments/iris?range=15m');
    expect(await page.getByRole('textbox', { name: 'sepal_length' }).inputValue()).not.toBe('');
    await page.getByRole('button', { name: 'Predict', exact: true }).click();
    const bars = page.getByRole('list', { name: 'Probability by class' });
    await expect.poll(() => bars.getByRole('listitem').count()).toBe(3);
    await page.getByRole('heading', { name: 'Drift' }).waitFor();
    await page.getByText('petal_width').first().waitFor();
    await keep(page, 'deployment');
    await waitFor('the event', async () => (await countOf(product, 'deployment=iris&variant=primary')) > ROWS / 2);
    await page.getByRole('link', { name: 'See its event' }).click();
    const event = page.getByRole('article', { name: /^Prediction / });
    await event.getByText('iris.csv', { exact: false }).first().waitFor();
    expect(await event.getByRole('list', { name: 'Lineage' }).textContent()).toMatch(/^Versioniris v1Runtree_.+Datairis\.csv [0-9a-f]{8}/u);
    await event
      .getByRole('img', { name: /of the reference$/u })
      .first()
      .waitFor();
    expect(watched.complaints).toEqual([]);
  }, 120_000);

  test('a value that the server would refuse is named before it is sent', async () => {
    await using watched = await openWatched(browser, { origin: product.url });
    const { page } = watched;
    await page.goto('/deployments/iris');
    await page.getByRole('textbox', { name: 'sepal_length' }).fill('-1');
    await page.getByText('More than 0').waitFor();
    expect(await page.getByRole('button', { name: 'Predict', exact: true }).isDisabled()).toBe(true);
    expect(watched.complaints).toEqual([]);
  }, 120_000);

  test('filters and the open event are in the URL, and back returns', async () => {
    await using watched = await openWatched(browser, { origin: product.url });
    const { page } = watched;
    await page.goto('/predictions?range=15m');
    await page.getByRole('combobox', { name: 'Any variant' }).click();
    await page.getByRole('option', { name: 'shadow', exact: true }).click();
    await page.waitForURL(/variant=shadow/u);
    const list = page.getByRole('listbox', { name: /^Predictions, newest first/u });
    await expect.poll(() => list.getByText('primary').count()).toBe(0);
    await list.focus();
    await page.keyboard.press('ArrowDown');
    await page.waitForURL(/id=/u);
    const event = page.getByRole('article', { name: /^Prediction / });
    await event.getByText('agrees').or(event.getByText('differs')).first().waitFor();
    await keep(page, 'prediction');
    const name = await event.getAttribute('aria-label');
    await page.reload();
    await page.getByRole('article', { name: name ?? '' }).waitFor();
    await page.goBack();
    await page.waitForURL((url) => !url.search.includes('variant'));
    expect(watched.complaints).toEqual([]);
  }, 120_000);

  test('a version is promoted and rolled back from the keyboard, with a reason that the history keeps', async () => {
    await using watched = await openWatched(browser, { origin: product.url });
    const { page } = watched;
    await page.goto('/');
    await page.getByRole('row', { name: /^iris/u }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('textbox', { name: 'Command' }).fill('hous');
    await page.getByRole('button', { name: 'housing Registered model' }).click();
    await page.waitForURL(/\/models\/housing$/u);
    await page.getByRole('textbox', { name: 'Command' }).waitFor({ state: 'detached' });
    await page.goBack();
    await page.getByRole('row', { name: /^iris/u }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('textbox', { name: 'Command' }).fill('promote iris');
    await page.getByText('Promote a version of').waitFor();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: /^Promote/u });
    await dialog.getByText(/move from version 1 to version 2/u).waitFor();
    await dialog.getByRole('textbox', { name: /^Reason/u }).fill('The shadow is right more often');
    await dialog.getByRole('button', { name: 'Promote version 2' }).click();
    await page.getByText('iris version 2 answers').waitFor();
    await page.getByText('“The shadow is right more often”').first().waitFor();
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.getByRole('textbox', { name: /^Reason/u }).fill('Only a drill');
    await page.getByRole('button', { name: 'Roll back to version 1' }).click();
    await page.getByText('iris version 1 answers').waitFor();
    expect(watched.complaints).toEqual([]);
  }, 40_000);

  test('when a part of the server fails, its panel says so and the others go on', async () => {
    await using watched = await openWatched(browser, { origin: product.url });
    const { page } = watched;
    await page.route('**/api/v1/monitors/iris/drift*', (route) => route.abort('connectionrefused'));
    await page.goto('/deployments/iris');
    const alert = page.getByRole('alert').filter({ hasText: 'The drift could not be read' });
    await alert.getByText('The server does not answer.').waitFor();
    await page.getByRole('heading', { name: 'Quality' }).waitFor();
    await page.unroute('**/api/v1/monitors/iris/drift*');
    await alert.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('columnheader', { name: 'PSI' }).waitFor();
  }, 120_000);

  test('a deployment that answers as a reference system is tried in the words of that system', async () => {
    const put = (compat: string | null) =>
      fetch(`${product.url}/api/v1/deployments/iris`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ variants: [{ role: 'primary', model: 'models:/iris@production' }], compat }),
      });
    await using watched = await openWatched(browser, { origin: product.url });
    const { page } = watched;
    for (const [compat, answer] of [
      ['iris-000', '"Species": "Iris-'],
      ['iris-003', '"prediction_time_seconds"'],
    ] as const) {
      expect((await put(compat)).status).toBe(200);
      await page.goto('/deployments/iris');
      await page.getByRole('button', { name: 'Predict', exact: true }).click();
      await page.getByRole('region', { name: 'Try it' }).getByText(answer).waitFor();
    }
    expect((await put(null)).status).toBe(200);
    expect(watched.complaints).toEqual([]);
  }, 40_000);

  test('with nothing deployed the pages show the ways in', async () => {
    await using fresh = await startProduct();
    await using watched = await openWatched(browser, { origin: fresh.url });
    const { page } = watched;
    await page.goto('/');
    await page.getByText('Nothing is deployed yet').waitFor();
    await page.getByText(`npm run -s trainyard -- traffic --url ${fresh.url}`).waitFor();
    await page.goto('/predictions');
    await page.getByText(/^No predictions/u).waitFor();
    await page.goto('/models');
    await page.getByText('No registered models').waitFor();
    expect(watched.complaints).toEqual([]);
  }, 40_000);
});
