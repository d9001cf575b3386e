import type { IncomingHttpHeaders } from 'node:http';
import type { CompatName } from '#contract/http/platform/deployments.ts';
import type { FastHandler } from '#http/route.ts';
import { profileOf } from './profile.ts';

export interface FrontPageDeps {
  /** What the default deployment speaks. */
  readonly compat: () => CompatName | undefined;
  readonly version: string;
}

/**
 * GET / for programs: as the reference system of the default deployment answers it; else, to who wants JSON, who this is, with the status that KServe's V1
 * liveness is. Browsers, which ask for a page, get the web UI all the same: without it nobody could reach it.
 */
export function frontPage({ compat, version }: FrontPageDeps): FastHandler {
  const plain = { json: { status: 'alive', name: 'trainyard', version, ready: '/readyz', openapi: '/openapi.json' } };
  return (req, res) => {
    if (req.url !== '/' || (req.method !== 'GET' && req.method !== 'HEAD') || wantsPage(req.headers.accept)) return false;
    const name = compat();
    const front = (name && profileOf(name).front) ?? (wantsStatus(req.headers) ? plain : undefined);
    if (!front) return false;
    if ('redirect' in front) res.writeHead(307, { location: front.redirect, 'content-length': '0', vary: 'Accept, User-Agent' }).end();
    else {
      const body = JSON.stringify(front.json);
      res.writeHead(200, {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
        vary: 'Accept, User-Agent',
      });
      res.end(req.method === 'HEAD' ? undefined : body);
    }
    return true;
  };
}

/** Whether HTML is asked for by its name, and JSON not rather (RFC 9110, 12.5.1); what takes anything, as curl and most libraries do, is a program. */
export function wantsPage(accept: string | undefined): boolean {
  const html = weightOf(accept, 'text/html');
  return html > 0 && html >= weightOf(accept, 'application/json');
}

/** Whether JSON is rather asked for than HTML. KServe's inference client does not say so, but is known by its library; curl gets the page as anywhere. */
function wantsStatus({ accept, 'user-agent': agent = '' }: IncomingHttpHeaders): boolean {
  return weightOf(accept, 'application/json') > weightOf(accept, 'text/html') || agent.startsWith('python-httpx/');
}

function weightOf(accept = '', type: string): number {
  for (const range of accept.toLowerCase().split(',')) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim());
    if (name !== type) continue;
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    return weight === undefined ? 1 : Number(weight.slice(2)) || 0;
  }
  return 0;
}
