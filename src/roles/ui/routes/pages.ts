import { z } from 'zod';
import { fail } from '#http/errors.ts';
import { defineRoute, type Reply, type RequestContext } from '#http/route.ts';
import { answerFile, answerHtml } from '../answer-file.ts';
import { howToBuild } from '../how-to-build.ts';
import type { Site } from '../site.ts';

export interface PageDeps {
  readonly site: Site;
}

const NoInput = z.object({});
const AnyPath = z.object({ '*': z.string() });

/** GET /assets/*: names hold a hash of their content, so browsers may keep them for good. */
export const assets = defineRoute<PageDeps>()({
  method: 'GET',
  path: '/assets/*',
  summary: 'A file of the web pages',
  access: 'public',
  hidden: true,
  input: AnyPath,
  handle({ site }, input, context) {
    const file = site.file(`assets/${input['*']}`);
    if (!file) throw fail.notFound({ method: context.method, path: pathOf(context) });
    return answerFile(file, context, 'immutable');
  },
});

/** GET / */
export const start = defineRoute<PageDeps>()({
  method: 'GET',
  path: '/',
  summary: 'The web pages',
  access: 'viewer',
  hidden: true,
  input: NoInput,
  handle: ({ site }, _input, context) => page(site, context),
});

/** GET /*: a page for somebody who navigates, otherwise the same answer as for any unknown path. */
export const anyPage = defineRoute<PageDeps>()({
  method: 'GET',
  path: '/*',
  summary: 'The web pages',
  access: 'viewer',
  hidden: true,
  input: AnyPath,
  handle({ site }, input, context) {
    const path = pathOf(context);
    const name = input['*'];
    const file = name.includes('/') || name === 'index.html' ? undefined : site.file(name);
    if (file) return answerFile(file, context, 'revalidate');
    if (isApi(path) || !wantsPage(context)) throw fail.notFound({ method: context.method, path });
    return page(site, context);
  },
});

function page(site: Site, context: RequestContext): Reply {
  const index = site.file('index.html');
  return index ? answerFile(index, context, 'revalidate') : answerHtml(howToBuild());
}

const pathOf = (context: RequestContext): string => context.url.split('?', 1)[0] as string;

/** Paths of the API are never pages, even when somebody types them into a browser, and neither are files; but names of models may have dots. */
const isApi = (path: string): boolean => /^\/(?:api|ajax-api|v1|v2)(?:\/|$)/u.test(path) || /^\/(?:[^/]*|assets\/.*)\.\w{1,8}$/u.test(path);

/** A browser that navigates asks for HTML; fetch() and other programs do not unless they are told to. */
const wantsPage = ({ headers }: RequestContext): boolean => (headers.accept ?? '').includes('text/html');
