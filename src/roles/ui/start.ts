import { bindRoutes } from '#http/route.ts';
import type { RunningRole } from '../define-role.ts';
import { type DocsDeps, docs, docsFile, errors } from './routes/docs.ts';
import { anyPage, assets, type PageDeps, start as startPage } from './routes/pages.ts';
import { Site } from './site.ts';

export async function start(): Promise<RunningRole> {
  const pages: PageDeps = { site: new Site(new URL('../../../web/dist/', import.meta.url)) };
  const documentation: DocsDeps = {
    swagger: new URL('./', import.meta.resolve('swagger-ui-dist/package.json')),
    errors: new URL('../../../docs/reference/errors.md', import.meta.url),
  };
  return {
    routes: [...bindRoutes(documentation, [docs, errors, docsFile]), ...bindRoutes(pages, [assets, startPage, anyPage])],
    stop: async () => {},
  };
}
