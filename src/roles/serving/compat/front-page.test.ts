import { expect, test } from 'vitest';
import { wantsPage } from './front-page.ts';

test.each([
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'a browser'],
  ['Text/HTML', 'HTML in any case'],
  ['application/json;q=0.5, text/html', 'HTML rather than JSON'],
  ['text/html, application/json', 'both alike'],
])('%s asks for a page (%s)', (accept) => {
  expect(wantsPage(accept)).toBe(true);
});

test.each<[string | undefined, string]>([
  [undefined, 'nothing'],
  ['*/*', 'curl, httpx, requests, fetch'],
  ['application/json', 'JSON'],
  ['text/html;q=0, */*', 'anything but HTML'],
  ['application/json, text/html; q=0.9', 'JSON rather than HTML'],
  ['text/htmlx;q=1, text/*', 'names that are others'],
])('%s asks for none (%s)', (accept) => {
  expect(wantsPage(accept)).toBe(false);
});
