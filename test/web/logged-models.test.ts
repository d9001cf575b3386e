import { expect, test } from 'vitest';
import { describeWith } from '../harness/available.ts';
import { fillModels } from './filled-models.ts';
import { withFilledProduct } from './filled-product.ts';
import { namelessControls, openWatched, settled } from './watched-page.ts';

const TIMEOUT = 120_000;

describeWith('chromium', 'the pages of logged models', () => {
  const suite = withFilledProduct(fillModels);

  test.each(['light', 'dark'] as const)(
    'every page loads without a complaint (%s)',
    async (scheme) => {
      await using watched = await openWatched(suite.browser, { origin: suite.product.url, scheme });
      const { page } = watched;
      const { none, three, many, models } = suite.filled;
      const lists = [none, three, many].map((id) => `/experiments/${id}/models`);
      const paths = [...lists, `/experiments/${many}/models?sort=-metrics.accuracy`, ...models.map((id) => `/logged-models/${id}`)];
      for (const path of paths) {
        await page.goto(path);
        await settled(page);
        const text = await page.evaluate<string>('document.body.innerText');
        expect(text, path).not.toMatch(/\b(?:undefined|NaN|null|Invalid Date|\[object Object\])\b/u);
        expect(await page.getByRole('alert').count(), path).toBe(0);
        expect(await namelessControls(page), path).toEqual([]);
      }
      expect(watched.complaints).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    'a model is followed from its run to its page, its data sets, its schema and its version, and back',
    async () => {
      await using watched = await openWatched(suite.browser, { origin: suite.product.url });
      const { page } = watched;
      await page.goto(`/runs/${suite.filled.run}`);
      await page.getByRole('link', { name: 'resnet' }).click();
      await page.waitForURL(`/logged-models/${suite.filled.models[0]}`);
      await page.getByRole('heading', { name: /^resnet/u }).waitFor();
      const metrics = page.getByRole('region', { name: 'Metrics' }).getByRole('row');
      await expect.poll(() => metrics.allInnerTexts()).toContainEqual(expect.stringMatching(/accuracy\s+0\.91\s+0\s+holdout/u));
      await page.getByRole('cell', { name: 'width' }).waitFor();
      await page.getByRole('button', { name: 'MLmodel' }).click();
      await page.waitForURL(/path=MLmodel/u);
      await page.getByRole('link', { name: 'vision v1' }).click();
      await page.waitForURL('/models/vision/1');
      await page.getByRole('link', { name: suite.filled.models[0]?.slice(0, 14) ?? '' }).click();
      await page.waitForURL(`/logged-models/${suite.filled.models[0]}`);
      await page.getByRole('link', { name: 'trainer' }).click();
      await page.waitForURL(`/runs/${suite.filled.run}`);
      expect(watched.complaints).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    'three thousand models come in parts, are found by name and ordered by a metric, and the URL holds both',
    async () => {
      await using watched = await openWatched(suite.browser, { origin: suite.product.url });
      const { page } = watched;
      await page.goto(`/experiments/${suite.filled.many}`);
      await page.getByRole('navigation', { name: 'Parts of the experiment' }).getByRole('link', { name: 'Logged models' }).click();
      await page.getByText('100 models loaded').waitFor();
      await page.getByRole('button', { name: 'Load more' }).click();
      await page.getByText('200 models loaded').waitFor();
      await page.getByRole('combobox', { name: 'Order' }).click();
      await page.getByRole('option', { name: 'Highest accuracy' }).click();
      await page.waitForURL(/sort=-metrics\.accuracy/u);
      const first = page.getByRole('row').nth(1);
      await expect.poll(() => first.textContent()).toContain(`trial-${suite.filled.count - 1}`);
      await page.getByRole('textbox', { name: 'Search logged models' }).fill('TRIAL-77');
      await page.waitForURL(/q=TRIAL-77/u);
      await page.getByText('11 models', { exact: true }).waitFor();
      await page.reload();
      await page.getByText('11 models', { exact: true }).waitFor();
      await expect.poll(() => first.textContent()).toContain('trial-779');
      await page.getByRole('textbox', { name: 'Search logged models' }).fill("it's not there");
      await page.getByText('No model is called that').waitFor();
      expect(watched.complaints).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    'a model is tagged, registered and deleted from its page',
    async () => {
      await using watched = await openWatched(suite.browser, { origin: suite.product.url });
      const { page } = watched;
      await page.goto(`/logged-models/${suite.filled.models[2]}`);
      await page.getByRole('button', { name: 'Tag', exact: true }).click();
      await page.getByRole('textbox', { name: 'Key of the tag' }).fill('approved');
      await page.getByRole('textbox', { name: 'Value of the tag' }).fill('yes');
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      await page.getByText('approved: yes').waitFor();
      await page.getByRole('button', { name: 'Register model' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('combobox', { name: 'Name' }).fill('pocket');
      await dialog.getByRole('button', { name: 'Register' }).click();
      await page.getByRole('link', { name: 'pocket v1' }).waitFor();
      await page.getByRole('button', { name: 'Delete' }).click();
      await dialog.getByText('Registered as pocket v1').waitFor();
      await dialog.getByRole('button', { name: 'Delete' }).click();
      await page.waitForURL(`/experiments/${suite.filled.three}/models`);
      await page.getByText('2 models', { exact: true }).waitFor();
      await page.goto(`/logged-models/${suite.filled.models[2]}`);
      await page.getByText('There is no such logged model').waitFor();
    },
    TIMEOUT,
  );
});
