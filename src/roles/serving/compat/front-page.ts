import type { CompatName } from '#contract/http/platform/deployments.ts';
import type { FastHandler } from '#http/route.ts';
import { profileOf } from './profile.ts';

/**
 * GET / as the reference system of the default deployment answers it. Browsers, which ask for a page, get the web UI all the same: without it nobody
 * could reach it.
 */
export function frontPage(compat: () => CompatName | undefined): FastHandler {
  return (req, res) => {
    if (req.url !== '/' || (req.method !== 'GET' && req.method !== 'HEAD') || req.headers.accept?.includes('text/html')) return false;
    const name = compat();
    const front = name && profileOf(name).front;
    if (!front) return false;
    if ('redirect' in front) res.writeHead(307, { location: front.redirect, 'content-length': '0' }).end();
    else {
      const body = JSON.stringify(front.json);
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) });
      res.end(req.method === 'HEAD' ? undefined : body);
    }
    return true;
  };
}
