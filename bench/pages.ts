// First paint of the pages in a real Chromium on a warm server: with an empty cache, and as somebody who comes back.
// Build the pages first: npm run build:web
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchChromium } from '#test/harness/chromium.ts';
import { printTable, startTrainyard } from './tools/processes.ts';

const TIMES = Number(process.env.BENCH_TIMES ?? 15);
const PAGES = ['/', '/deployments/iris', '/predictions', '/experiments'];

interface Paint {
  /** First bytes of the page itself, then of anything drawn, of the largest element, and of the figures that the page is about. */
  readonly answered: number;
  readonly first: number;
  readonly largest: number;
  readonly settled: number;
  readonly requests: number;
  readonly kilobytes: number;
}

const NAMES = ['answered', 'first', 'largest', 'settled'] as const;

async function paint(page: Page, url: string): Promise<Paint> {
  await page.goto(url, { waitUntil: 'networkidle' });
  return page.evaluate(async () => {
    interface Entry {
      readonly name: string;
      readonly startTime: number;
      readonly responseStart: number;
      readonly responseEnd: number;
      readonly transferSize: number;
    }
    // Node's types know only Node's entries; this runs in the browser.
    type Kind = Parameters<typeof performance.getEntriesByType>[0];
    const all = (type: string): Entry[] => performance.getEntriesByType(type as Kind) as unknown as Entry[];
    const largest = await new Promise<number>((resolve) => {
      new PerformanceObserver((list) => resolve(list.getEntries().at(-1)?.startTime ?? Number.NaN)).observe({
        type: 'largest-contentful-paint' as Kind,
        buffered: true,
      });
      setTimeout(() => resolve(Number.NaN), 1000);
    });
    const [document] = all('navigation');
    const resources = all('resource');
    return {
      answered: document?.responseStart ?? Number.NaN,
      first: all('paint').find((entry) => entry.name === 'first-contentful-paint')?.startTime ?? Number.NaN,
      largest,
      settled: Math.max(...resources.map((entry) => entry.responseEnd)),
      requests: resources.length + 1,
      kilobytes: [...resources, document].reduce((sum, entry) => sum + (entry?.transferSize ?? 0), 0) / 1024,
    };
  });
}

function median(values: readonly number[]): string {
  const sorted = values.filter((value) => !Number.isNaN(value)).toSorted((a, b) => a - b);
  return (sorted[Math.floor(sorted.length / 2)] ?? Number.NaN).toFixed(0);
}

const row = (name: string, paints: readonly Paint[]): string[] => [
  name,
  ...NAMES.map((key) => median(paints.map((each) => each[key]))),
  Math.max(...paints.map((each) => each.first)).toFixed(0),
  median(paints.map((each) => each.requests)),
  median(paints.map((each) => each.kilobytes)),
];

async function measured(context: BrowserContext, url: string): Promise<Paint> {
  const page = await context.newPage();
  const result = await paint(page, url);
  await page.close();
  return result;
}

async function both(browser: Browser, url: string): Promise<{ cold: Paint[]; again: Paint[] }> {
  const [cold, again]: [Paint[], Paint[]] = [[], []];
  for (let i = 0; i < TIMES; i++) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    cold.push(await measured(context, url));
    again.push(await measured(context, url));
    await context.close();
  }
  return { cold, again };
}

const server = await startTrainyard(['--examples']);
const ready = async (): Promise<boolean> => (await fetch(`${server.url}/readyz`)).ok;
while (!(await ready())) await new Promise((resolve) => setTimeout(resolve, 200));
for (let i = 0; i < 300; i++)
  await fetch(`${server.url}/predict`, {
    method: 'POST',
    body: JSON.stringify({ features: [5 + (i % 20) / 10, 3.5, 1.4 + (i % 40) / 10, 0.2] }),
  });
const browser = await launchChromium();
const rows: string[][] = [];
for (const path of PAGES) {
  const { cold, again } = await both(browser, server.url + path);
  rows.push(row(`${path} empty cache`, cold), row(`${path} again`, again));
}
console.log(`milliseconds from the navigation, medians of ${TIMES}`);
printTable(['page', ...NAMES, 'worst first', 'requests', 'KiB'], rows);
await browser.close();
await server.stop();
