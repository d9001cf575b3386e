import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { z } from 'zod';
import { fail } from '#http/errors.ts';
import { defineRoute } from '#http/route.ts';
import { answerFile, answerHtml } from '../answer-file.ts';
import { errorPage } from '../error-page.ts';
import { etagOf, type SiteFile } from '../site.ts';

export interface DocsDeps {
  /** Folder of swagger-ui-dist. */
  readonly swagger: URL;
  /** The generated catalogue of errors. */
  readonly errors: URL;
}

/** What the page needs of swagger-ui-dist; nothing else of the package is reachable. */
const FILES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>API · Trainyard</title><link rel="stylesheet" href="/docs/swagger-ui.css"><link rel="icon" href="/docs/favicon-32x32.png">
<style>body{margin:0;background:#fff}.swagger-ui .topbar{display:none}.swagger-ui .info{margin:24px 0}</style></head>
<body><div id="swagger-ui"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body></html>`;

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, docExpansion: 'list', filter: true, tryItOutEnabled: true, validatorUrl: null, syntaxHighlight: { activated: false } });\n`;

/** GET /docs */
export const docs = defineRoute<DocsDeps>()({
  method: 'GET',
  path: '/docs',
  summary: 'Interactive API documentation',
  access: 'viewer',
  hidden: true,
  input: z.object({}),
  handle: () => answerHtml(PAGE),
});

/** GET /docs/errors: where the `type` of every problem answer leads. */
export const errors = defineRoute<DocsDeps>()({
  method: 'GET',
  path: '/docs/errors',
  summary: 'Every failure that a caller may see',
  access: 'viewer',
  hidden: true,
  input: z.object({}),
  async handle({ errors: path }) {
    return answerHtml(errorPage(await readFile(path, 'utf8').catch(() => undefined)));
  },
});

/** GET /docs/:file */
export const docsFile = defineRoute<DocsDeps>()({
  method: 'GET',
  path: '/docs/:file',
  summary: 'A file of the interactive API documentation',
  access: 'public',
  hidden: true,
  input: z.object({ file: z.string() }),
  async handle({ swagger }, { file }, context) {
    if (file === 'start.js') return answerFile(fromText(START), context, 'revalidate');
    const type = FILES[file];
    if (type === undefined) throw fail.notFound({ method: context.method, path: `/docs/${file}` });
    const body = await readFile(new URL(file, swagger));
    return answerFile({ type, body, etag: etagOf(body) }, context, extname(file) === '.png' ? 'immutable' : 'revalidate');
  },
});

function fromText(text: string): SiteFile {
  const body = Buffer.from(text);
  return { type: 'text/javascript; charset=utf-8', body, etag: etagOf(body) };
}
