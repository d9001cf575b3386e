import { expect, test } from 'vitest';
import { describeWith } from '../harness/available.ts';
import { withFilledProduct } from './filled-product.ts';
import { fillTracking } from './filled-tracking.ts';
import { namelessControls, openWatched, settled } from './watched-page.ts';

const TIMEOUT = 120_000;

describeWith('chromium', 'the pages of runs and models', () => {
  const suite = withFilledProduct(fillTracking);

  test.each(['light', 'dark'] as const)(
    'every page loads without a complaint (%s)',
    async (scheme) => {
      await using watched = await openWatched(suite.browser, { origin: suite.product.url, scheme });
      const { page } = watched;
      const { churn, empty, many, runs } = suite.filled;
      const compared = encodeURIComponent(JSON.stringify(runs));
      const paths = [
        '/experiments',
        '/experiments?view=deleted',
        `/experiments/${empty}`,
        `/experiments/${churn}`,
        `/experiments/${many}?sort=-metrics.accuracy`,
        `/runs/${runs[1]}`,
        `/runs/${runs[1]}?tab=charts`,
        ...['model/MLmodel', 'report/importance.csv', 'report/page.html', 'report/metrics.json', 'confusion.png', 'weights.bin'].map(
          (path) => `/runs/${runs[1]}?tab=artifacts&path=${path}`,
        ),
        `/compare?runs=${compared}`,
        '/compare',
        '/models',
        '/models/churn',
        '/models/churn/2',
      ];
      for (const path of paths) {
        await page.goto(path);
        if (path !== '/compare') await settled(page);
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
    'an experiment is made, renamed, described, deleted and restored',
    async () => {
      await using watched = await openWatched(suite.browser, { origin: suite.product.url });
      const { page } = watched;
      await page.goto('/experiments');
      await page.getByRole('button', { name: 'New experiment' }).click();
      await page.getByRole('textbox', { name: 'Name' }).fill('fresh');
      await page.getByRole('button', { name: 'Create' }).click();
      await page.getByRole('button', { name: 'What to do with fresh', exact: true }).click();
      await page.getByRole('menuitem', { name: 'Rename' }).click();
      await page.getByRole('textbox', { name: 'Name' }).fill('fresher');
      await page.getByRole('button', { name: 'Rename' }).click();
      await page.getByRole('textbox', { name: 'Search experiments' }).fill('FRESH');
      await page.waitForURL(/q=FRESH/u);
      await expect.poll(() => page.getByRole('row').count()).toBe(2);
      await page.getByRole('button', { name: 'What to do with fresher' }).click();
      await page.getByRole('menuitem', { name: 'Delete' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('0 runs and the experiment').waitFor();
      await dialog.getByRole('button', { name: 'Delete' }).click();
      await page.getByText('No experiment fits').waitFor();
      await page.getByText('Deleted', { exact: true }).click();
      await page.getByRole('button', { name: 'What to do with fresher' }).click();
      await page.getByRole('menuitem', { name: 'Restore' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click();
      await page.getByText('No experiment fits').waitFor();
      expect(watched.complaints).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    'a mistake in the filter is shown in its place, and the URL holds filter, order and columns',
    async () => {
      await using watched = await openWatched(suite.browser, { origin: suite.product.url });
      const { page } = watched;
      await page.goto(`/experiments/${suite.filled.many}`);
      const filter = page.getByRole('textbox', { name: /^Filter of the runs/u });
      await filter.fill("metrics.accuracy >> 0.5 and params.booster = 'dart'");
      await page.getByText('(at position 19)').waitFor();
      expect(await page.locator('mark').textContent()).toBe('>');
      await filter.fill("params.booster = 'dart'");
      await filter.press('Enter');
      await page
        .getByText(`${suite.filled.count / 2}`, { exact: true })
        .first()
        .waitFor();
      await page.getByRole('button', { name: 'accuracy', exact: true }).click();
      await page.waitForURL(/sort=-metrics\.accuracy/u);
      await page.getByRole('button', { name: /^Columns/u }).click();
      await page.getByRole('checkbox', { name: 'log_loss' }).uncheck();
      await page.waitForURL(/cols=/u);
      await page.keyboard.press('Escape');
      await page.reload();
      await expect.poll(() => page.getByRole('columnheader', { name: 'log_loss' }).count()).toBe(0);
      const sorted = page.getByRole('columnheader', { name: 'accuracy' });
      expect(await sorted.getAttribute('aria-sort')).toBe('descending');
      expect(await filter.inputValue()).toBe("params.booster = 'dart'");
      await page.goBack();
      await page.getByRole('columnheader', { name: 'log_loss' }).waitFor();
      expect(watched.complaints).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    'runs are walked, selected and compared from the keyboard',
    async () => {
      await using watched = await openWatched(suite.browser, { origin: suite.product.url });
      const { page } = watched;
      await page.goto(`/experiments/${suite.filled.churn}`);
      const grid = page.getByRole('grid', { name: /^Runs/u });
      await grid.getByText('gradient-boosting').waitFor();
      for (const key of ['j', 'x', 'j', 'x']) await page.keyboard.press(key);
      await page.waitForURL(/sel=/u);
      await page.reload();
      await page.getByText('2', { exact: true }).first().waitFor();
      await grid.focus();
      await page.keyboard.press('c');
      await page.getByRole('heading', { level: 1, name: 'Compare 2 runs' }).waitFor();
      await page.getByRole('rowheader', { name: 'learner' }).waitFor();
      expect(await page.getByRole('rowheader', { name: 'seed' }).count()).toBe(0);
      await page.getByRole('switch', { name: 'Only differences' }).click({ force: true });
      await page.getByRole('rowheader', { name: 'seed' }).waitFor();
      await page.getByRole('img', { name: /^Parallel coordinates of 2 runs/u }).waitFor();
      await page.getByRole('img', { name: /against .+ of 2 runs$/u }).waitFor();
      await page.goBack();
      await grid.getByText('gradient-boosting').waitFor();
      await grid.focus();
      for (const key of ['Escape', 'Home', 'Enter']) await page.keyboard.press(key);
      await page.waitForURL(/\/runs\//u);
      expect(watched.complaints).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    'nested runs unfold below their parent',
    async () => {
      await using watched = await openWatched(suite.browser, { origin: suite.product.url });
      const { page } = watched;
      await page.goto(`/experiments/${suite.filled.churn}`);
      const grid = page.getByRole('grid', { name: /^Runs/u });
      await grid.getByText('logistic').first().waitFor();
      expect(await grid.getByText('fold-0').count()).toBe(0);
      await page.getByRole('button', { name: 'Show the 2 nested runs of gradient-boosting' }).click();
      await grid.getByText('fold-0').waitFor();
      await page.getByRole('switch', { name: 'Nest' }).click({ force: true });
      await page.waitForURL(/flat=true/u);
      await page.getByText('5', { exact: true }).first().waitFor();
      expect(watched.complaints).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    'a thousand runs scroll with only the visible rows in the page, and all come as CSV',
    async () => {
      await using watched = await openWatched(suite.browser, { origin: suite.product.url });
      const { page } = watched;
      await page.goto(`/experiments/${suite.filled.many}`);
      const grid = page.getByRole('grid', { name: /^Runs/u });
      await grid.getByText(`trial-${suite.filled.count - 1}`, { exact: true }).waitFor();
      await expect
        .poll(
          async () => {
            await grid.evaluate((element) => element.scrollTo(0, element.scrollHeight));
            return grid.getByText('trial-0', { exact: true }).count();
          },
          { timeout: 30_000 },
        )
        .toBe(1);
      expect(await grid.getByRole('row').count()).toBeLessThan(80);
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV' }).click()]);
      const chunks: Buffer[] = [];
      for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
      const lines = Buffer.concat(chunks).toString().trim().split('\r\n');
      expect(lines).toHaveLength(suite.filled.count + 1);
      expect(lines[0]).toMatch(/^run_id,run_name,.+metrics\.accuracy/u);
      expect(watched.complaints).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    'several runs are deleted at once and brought back',
    async () => {
      await using watched = await openWatched(suite.browser, { origin: suite.product.url });
      const { page } = watched;
      await page.goto(`/experiments/${suite.filled.many}?filter=${encodeURIComponent("attributes.run_name IN ('trial-1', 'trial-2')")}`);
      await page.getByRole('checkbox', { name: 'Select all loaded runs' }).check();
      await page.getByRole('button', { name: 'Delete', exact: true }).click();
      const dialog = page.getByRole('dialog', { name: 'Delete 2 runs' });
      await dialog.getByRole('button', { name: 'Delete' }).click();
      await page.getByText('No run fits the filter').waitFor();
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.getByRole('checkbox', { name: 'Select trial-1' }).waitFor();
      expect(watched.complaints).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    'a logged page is shown without its scripts',
    async () => {
      await using watched = await openWatched(suite.browser, { origin: suite.product.url });
      const { page } = watched;
      await page.goto(`/runs/${suite.filled.runs[1]}?tab=artifacts&path=report/page.html`);
      const frame = page.frameLocator('iframe');
      await frame.getByRole('heading', { name: 'Report' }).waitFor();
      expect(await frame.locator('body').textContent()).not.toContain('script ran');
      expect(await page.locator('iframe').getAttribute('sandbox')).toBe('');
      await page.getByRole('button', { name: 'model', exact: true }).click();
      await page.getByRole('button', { name: /^MLmodel/u }).click();
      await page.getByRole('cell', { name: 'monthly_charges' }).waitFor();
      await page.getByText(`load_model("runs:/${suite.filled.runs[1]}/model")`).waitFor();
      expect(watched.complaints).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    'a run is renamed, its model registered, and the alias moved with a reason that the history keeps',
    async () => {
      await using watched = await openWatched(suite.browser, { origin: suite.product.url });
      const { page } = watched;
      await page.goto(`/runs/${suite.filled.runs[0]}`);
      await page.getByRole('button', { name: 'Rename' }).click();
      await page.getByRole('textbox', { name: 'Name' }).fill('logistic, again');
      await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
      await page.getByRole('heading', { level: 1, name: /logistic, again/u }).waitFor();
      await page.getByRole('button', { name: 'Register model' }).click();
      const register = page.getByRole('dialog', { name: /^Register/u });
      await register.getByLabel('Name').fill('churn');
      await page.keyboard.press('Tab');
      await register.getByRole('button', { name: 'Register' }).click();
      await page.getByRole('link', { name: 'churn v4' }).click();
      await page.getByRole('list', { name: 'Lineage' }).getByText('logistic, again').waitFor();
      await page.getByRole('cell', { name: 'monthly_charges' }).waitFor();
      await page.getByRole('button', { name: 'Promote to production' }).click();
      const dialog = page.getByRole('dialog', { name: 'Move @production' });
      await dialog.getByText('It points at version 2 now.').waitFor();
      expect(await dialog.getByRole('button', { name: /^Move/u }).isDisabled()).toBe(true);
      await dialog.getByRole('textbox', { name: /^Reason/u }).fill('Simpler, and as good');
      await dialog.getByRole('button', { name: 'Move to version 4' }).click();
      await page.getByText('“Simpler, and as good”').waitFor();
      await page.goto('/models/churn');
      await page.getByText('version 2 → 4').waitFor();
      expect(watched.complaints).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    'addresses of earlier versions of these pages, and those that MLflow prints, lead there',
    async () => {
      await using watched = await openWatched(suite.browser, { origin: suite.product.url });
      const { page } = watched;
      await page.goto('/models?model=churn');
      await page.waitForURL(/\/models\/churn$/u);
      await page.goto(`/experiments?experiment=${suite.filled.churn}&run=${suite.filled.runs[2]}`);
      await page.waitForURL(new RegExp(`/runs/${suite.filled.runs[2]}$`, 'u'));
      await page.goto(`/#/experiments/${suite.filled.churn}/runs/${suite.filled.runs[1]}`);
      await page.waitForURL(new RegExp(`/runs/${suite.filled.runs[1]}$`, 'u'));
      await page.getByRole('heading', { level: 1, name: /gradient-boosting/u }).waitFor();
      await page.goto(`/experiments/${suite.filled.churn}/runs/${suite.filled.runs[2]}`);
      await page.waitForURL(new RegExp(`/runs/${suite.filled.runs[2]}$`, 'u'));
      await page.goto('/#/models/churn/versions/2');
      await page.getByRole('heading', { level: 1, name: /^churn version 2/u }).waitFor();
      await page.evaluate(`location.hash = '#/experiments/${suite.filled.empty}'`);
      await page.getByRole('heading', { level: 1, name: 'nothing-yet' }).waitFor();
      expect(watched.complaints).toEqual([]);
    },
    TIMEOUT,
  );
});
