import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { predict, sideModel } from '../e2e/small-models.ts';
import { describeWith } from '../harness/available.ts';
import { launchChromium } from '../harness/chromium.ts';
import { type Product, startProduct } from '../harness/product.ts';
import { buildPages } from './build-pages.ts';
import { namelessControls, openWatched } from './watched-page.ts';

const EVERY_TYPE = fileURLToPath(new URL('../fixtures/onnx/every-type.onnx', import.meta.url));

describeWith('chromium', 'the page of a deployment', () => {
  let browser: Browser;
  let product: Product;
  let folder: string;
  /** ONNX files to choose, by what they are. */
  let files: Record<'first' | 'next' | 'other' | 'broken', string>;

  beforeAll(async () => {
    buildPages();
    folder = await mkdtemp(join(tmpdir(), 'trainyard-upload-'));
    const write = async (name: string, bytes: Uint8Array): Promise<string> => {
      await writeFile(join(folder, name), bytes);
      return join(folder, name);
    };
    files = {
      first: await write('left or right.onnx', sideModel()),
      next: await write('next.onnx', sideModel(4)),
      other: await write('other.onnx', sideModel(2)),
      broken: await write('broken.onnx', sideModel().subarray(0, 200)),
    };
    [browser, product] = await Promise.all([launchChromium(), startProduct({ env: { TRAINYARD__SERVING__GRPC_PORT: 'off' } })]);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await product?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** As somebody does who presses the button and picks a file. */
  async function choose(page: Page, path: string): Promise<void> {
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Upload a model' }).click();
    await (await chooser).setFiles(path);
  }

  test('a first ONNX file becomes a deployment', async () => {
    await using watched = await openWatched(browser, { origin: product.url });
    const { page } = watched;
    await page.goto('/');
    await page.getByText('Nothing is deployed yet').waitFor();
    await choose(page, files.first);
    const dialog = page.getByRole('dialog', { name: 'Upload a model' });
    await dialog.getByText('classification, ').waitFor();
    expect(await dialog.getByRole('textbox', { name: 'Name of the deployment' }).inputValue()).toBe('left-or-right');
    await dialog.getByRole('textbox', { name: 'Name of the deployment' }).fill('side');
    await dialog.getByRole('button', { name: 'Deploy', exact: true }).click();
    await page.waitForURL(/\/deployments\/side/u);
    await page.getByText('side version 1 answers').waitFor();
    expect(watched.complaints).toEqual([]);
  }, 40_000);

  test.each(['light', 'dark'] as const)(
    'a new version answers after three clicks (%s)',
    async (scheme) => {
      await using watched = await openWatched(browser, { origin: product.url, scheme });
      const { page } = watched;
      await page.goto('/deployments/side');
      await page.getByRole('heading', { level: 1, name: 'side' }).waitFor();
      const before = Number(/version (\d+) answers/u.exec((await page.getByText(/side version \d+ answers/u).textContent()) ?? '')?.[1]);
      await choose(page, scheme === 'light' ? files.next : files.first);
      const dialog = page.getByRole('dialog', { name: 'Upload a model to side' });
      await dialog.getByText(`version ${before} says`).waitFor();
      await dialog.getByText('FP32 [n × 1]').waitFor();
      expect(await namelessControls(page)).toEqual([]);
      await dialog.getByRole('button', { name: 'Answer with it now' }).click();
      await page.getByText(`side version ${before + 1} answers`).waitFor();
      await page
        .getByText(`“Uploaded ${scheme === 'light' ? 'next' : 'left or right'}.onnx”`)
        .first()
        .waitFor();
      expect(watched.complaints).toEqual([]);
    },
    40_000,
  );

  test('shadows are added, compared one by one, and stopped', async () => {
    await using watched = await openWatched(browser, { origin: product.url });
    const { page } = watched;
    await page.goto('/deployments/side?range=15m');
    for (const file of [files.next, files.other]) {
      await choose(page, file);
      await page.getByRole('dialog').getByRole('button', { name: 'Run it as a shadow' }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    const shadows = page.getByRole('row', { name: /^shadow/u });
    await expect.poll(() => shadows.count()).toBe(2);
    for (let i = 0; i < 20; i++) await predict(product.url, 'side', i / 4);
    const comparison = page.getByRole('region', { name: 'Shadow' });
    await expect.poll(() => comparison.getByText('Same answer').count()).toBe(2);
    await comparison
      .getByText(/^Mean, largest/u)
      .first()
      .waitFor();
    await shadows.last().getByRole('button', { name: /^Stop/u }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop the shadow' }).click();
    await expect.poll(() => shadows.count()).toBe(1);
    expect(watched.complaints).toEqual([]);
  }, 60_000);

  test('what callers would notice is told, and a file that cannot be served is refused with its reason', async () => {
    await using watched = await openWatched(browser, { origin: product.url });
    const { page } = watched;
    await page.goto('/deployments/side');
    await choose(page, EVERY_TYPE);
    const noticed = page.getByRole('list', { name: 'What callers would notice' });
    await noticed.getByText(/which callers send now/u).waitFor();
    const button = page.getByRole('button', { name: 'Answer with it now' });
    expect(await button.isDisabled()).toBe(true);
    await page.getByRole('checkbox', { name: 'Deploy it all the same' }).check();
    expect(await button.isEnabled()).toBe(true);
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(watched.complaints).toEqual([]);
    await choose(page, files.broken);
    const refusal = page.getByRole('alert');
    await refusal.getByText('broken.onnx is refused').waitFor();
    await refusal.getByText(/cannot be served/u).waitFor();
    expect(await page.getByRole('button', { name: 'Answer with it now' }).count()).toBe(0);
  }, 40_000);

  test('any body is sent as JSON, by the plain API and by the inference protocol, and copied for a program', async () => {
    await using watched = await openWatched(browser, { origin: product.url });
    const { page } = watched;
    await page.goto('/deployments/side');
    const tryIt = page.getByRole('region', { name: 'Try it' });
    await tryIt.getByText('JSON', { exact: true }).click();
    await tryIt.getByRole('textbox', { name: 'Body of the request' }).fill('{"features": [[1], [5]]}');
    await tryIt.getByRole('button', { name: 'Send' }).click();
    await tryIt.getByText('"right"').first().waitFor();
    await tryIt.getByRole('textbox', { name: 'Body of the request' }).fill('{"features": ');
    await tryIt.getByText(/JSON/u).first().waitFor();
    expect(await tryIt.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);
    await tryIt.getByText('Open Inference Protocol').click();
    await tryIt.getByText('POST /v2/models/side/infer').waitFor();
    await tryIt.getByRole('button', { name: 'Send' }).click();
    await tryIt.getByText('"model_version"').waitFor();
    await tryIt.getByText('Call it from your program').click();
    await tryIt.getByText('Python', { exact: true }).click();
    await tryIt.getByText(/requests\.post\("http.+\/v2\/models\/side\/infer"/u).waitFor();
    await tryIt.getByText('TypeScript', { exact: true }).click();
    await tryIt.getByText(/await fetch\('http.+\/v2\/models\/side\/infer'/u).waitFor();
    expect(watched.complaints).toEqual([]);
  }, 40_000);

  test('a model that takes only tensors has its body filled from its inputs', async () => {
    const made = await fetch(`${product.url}/api/v1/deployments/types/versions?as=primary`, {
      method: 'POST',
      body: await readFile(EVERY_TYPE),
    });
    expect(made.status).toBe(200);
    await using watched = await openWatched(browser, { origin: product.url });
    const { page } = watched;
    await page.goto('/deployments/types');
    const tryIt = page.getByRole('region', { name: 'Try it' });
    await tryIt.getByText('POST /v2/models/types/infer').waitFor();
    await tryIt.getByRole('button', { name: 'Send' }).click();
    await tryIt.getByText('"out_bytes"').waitFor();
    expect(watched.complaints).toEqual([]);
  }, 40_000);
});
