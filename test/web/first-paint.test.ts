import { readFile, stat } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../harness/available.ts';
import { launchChromium } from '../harness/chromium.ts';
import { type Product, startProduct } from '../harness/product.ts';
import { buildPages } from './build-pages.ts';
import { openWatched } from './watched-page.ts';

const MOST_SCRIPT_BYTES = 250 * 1024;

/** Where the navigation leads, and what it says. */
const places = (page: Page): Promise<string[]> =>
  page
    .getByRole('navigation', { name: 'Pages' })
    .getByRole('link')
    .evaluateAll((links) => links.map((link) => `${link.getAttribute('href')?.split('?')[0]} ${link.textContent?.trim()}`));

describeWith('chromium', 'the first paint', () => {
  let browser: Browser;
  let product: Product;
  beforeAll(async () => {
    buildPages();
    browser = await launchChromium();
    product = await startProduct();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await product?.[Symbol.asyncDispose]();
  });

  test('shows the frame before any script or style sheet has come, and it leads where the finished one does', async () => {
    const context = await browser.newContext({ baseURL: product.url, viewport: { width: 1440, height: 900 } });
    const early = await context.newPage();
    await early.route('**/assets/**', () => {});
    await early.goto('/experiments', { waitUntil: 'commit' });
    await early.getByRole('link', { name: 'Deployments' }).waitFor();
    const before = await places(early);
    const width = (page: Page) => page.getByRole('navigation', { name: 'Pages' }).evaluate((rail) => rail.getBoundingClientRect().width);
    const widthBefore = await width(early);
    await early.close();
    const late = await context.newPage();
    await late.goto('/experiments');
    await late.getByRole('heading', { level: 1, name: 'Experiments' }).waitFor();
    expect(before).toEqual(await places(late));
    expect(widthBefore).toBe(await width(late));
    expect(await late.locator('#early').count()).toBe(0);
    await context.close();
  });

  test("the finished page has the theme's sizes and colours, whichever style sheet came last", async () => {
    await using watched = await openWatched(browser, { origin: product.url });
    const { page } = watched;
    await page.goto('/experiments');
    await page.getByRole('button', { name: 'New experiment' }).waitFor();
    const read = 'getComputedStyle(document.documentElement)';
    const values = await page.evaluate(
      `['--mantine-font-size-md', '--mantine-primary-color-filled'].map((name) => ${read}.getPropertyValue(name))`,
    );
    expect(values).toEqual(['13px', '#2b5fd9']);
  });

  test('a rail that was collapsed is narrow from the start', async () => {
    const context = await browser.newContext({ baseURL: product.url, viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    await page.addInitScript("localStorage.setItem('trainyard.rail', 'narrow')");
    await page.route('**/assets/**', () => {});
    await page.goto('/', { waitUntil: 'commit' });
    const rail = page.getByRole('navigation', { name: 'Pages' });
    await rail.waitFor();
    expect(await rail.evaluate((found) => found.getBoundingClientRect().width)).toBe(53);
    await context.close();
  });

  test('asks for little: few files, less than 250 KB of script, and nothing twice', async () => {
    await using watched = await openWatched(browser, { origin: product.url });
    const asked: string[] = [];
    watched.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await watched.page.goto('/');
    await watched.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    const assets = asked.filter((path) => path.startsWith('/assets/'));
    expect(new Set(assets).size).toBe(assets.length);
    expect(assets.length).toBeLessThan(20);
    const html = await readFile(new URL('../../web/dist/index.html', import.meta.url), 'utf8');
    const scripts = [...html.matchAll(/"\/(assets\/[^"]+\.js)"/gu)].map((match) => match[1] as string);
    const sizes = await Promise.all(
      scripts.map(async (name) => {
        const file = new URL(`../../web/dist/${name}`, import.meta.url);
        return (await stat(new URL(`${file}.gz`)).catch(() => stat(file))).size;
      }),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MOST_SCRIPT_BYTES);
    expect(watched.complaints).toEqual([]);
  });
});
