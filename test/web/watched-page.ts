import type { Browser, BrowserContext, Page } from 'playwright-core';

export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /** What went wrong so far: console errors, uncaught errors, failed and refused requests, requests to anywhere else. */
  readonly complaints: readonly string[];
}

interface WatchOptions {
  readonly origin: string;
  readonly scheme?: 'light' | 'dark';
}

/** A page in a context of its own that keeps account of everything a reader would not want to happen. */
export async function openWatched(browser: Browser, { origin, scheme = 'light' }: WatchOptions): Promise<WatchedPage> {
  const context = await browser.newContext({ baseURL: origin, colorScheme: scheme, viewport: { width: 1440, height: 900 } });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith('data:'))
      complaints.push(`external request: ${request.url()}`);
  });
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? '';
    // A page that one leaves gives up what it was still asking for.
    if (reason !== 'net::ERR_ABORTED') complaints.push(`failed: ${request.url()} ${reason}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
  });
  return { page, complaints, [Symbol.asyncDispose]: () => close(context) };
}

const close = (context: BrowserContext): Promise<void> => context.close();

/** Waits until the page shows what it is about. */
export async function settled(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor();
  await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
}

/** Controls that a screen reader could not name. */
export function namelessControls(page: Page): Promise<string[]> {
  return page.locator('button, a[href], input:not([type="hidden"]), textarea, [role="button"]').evaluateAll((controls) =>
    controls
      .filter((control) => {
        const labels = (control as { readonly labels?: Iterable<{ readonly textContent: string | null }> | null }).labels;
        const texts = [
          control.getAttribute('aria-label'),
          control.getAttribute('title'),
          control.textContent,
          ...[...(labels ?? [])].map((label) => label.textContent),
        ];
        return control.checkVisibility() && control.getAttribute('aria-hidden') !== 'true' && !texts.some((text) => text?.trim());
      })
      .map((control) => control.outerHTML.slice(0, 160)),
  );
}
