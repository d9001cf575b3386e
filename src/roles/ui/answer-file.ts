import { Reply, type RequestContext } from '#http/route.ts';
import type { SiteFile } from './site.ts';

/**
 * Only this server's own scripts, images and connections. Inline styles are allowed because the component library and the charts
 * set positions and sizes that way; inline scripts are not.
 */
const POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const SECURITY = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const;

export type Caching = 'revalidate' | 'immutable';

/** Sends a file in the smallest form that the browser takes, or 304 when it has it already. */
export function answerFile(file: SiteFile, context: RequestContext, caching: Caching): Reply {
  const headers: Record<string, string> = {
    ...SECURITY,
    etag: file.etag,
    // Programs get something else at the same place.
    vary: caching === 'immutable' ? 'Accept-Encoding' : 'Accept, User-Agent, Accept-Encoding',
    'cache-control': caching === 'immutable' ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
  const known = context.headers['if-none-match'];
  if (known?.split(',').some((tag) => tag.trim().replace(/^W\//u, '') === file.etag)) return new Reply(304, undefined, headers);
  const accepted = new Set((context.headers['accept-encoding'] ?? '').split(',').map((part) => part.trim().split(';', 1)[0]));
  headers['content-type'] = file.type;
  if (file.br && accepted.has('br')) return new Reply(200, file.br, { ...headers, 'content-encoding': 'br' });
  if (file.gz && accepted.has('gzip')) return new Reply(200, file.gz, { ...headers, 'content-encoding': 'gzip' });
  return new Reply(200, file.body, headers);
}

/** A page made here, never cached. */
export function answerHtml(html: string, status = 200): Reply {
  return new Reply(status, html, { ...SECURITY, 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' });
}
