import { plainPage } from './plain-page.ts';

/** Stands in for the pages in a checkout where they were not built yet. */
export function howToBuild(): string {
  return plainPage(
    'Pages not built',
    `<h1>The web pages are not built yet</h1>
<p>The server runs; only its pages are missing. Build them once, then reload this page. No restart is needed.</p>
<pre>npm run build:web</pre>
<p><code>npm start</code> does it by itself. Meanwhile the API is here:
<a href="/docs">/docs</a>, <a href="/openapi.json">/openapi.json</a>, <a href="/api/v1/status">/api/v1/status</a>, <a href="/metrics">/metrics</a>.</p>`,
  );
}
