import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { fail as httpFail } from '#http/errors.ts';
import type { FastHandler } from '#http/route.ts';
import { sendFailure } from '#http/server.ts';
import { randomHex } from '#kernel/ids.ts';
import { fail } from '../errors.ts';

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'authorization',
]);

/** A role that runs in another process. */
export interface RelayTarget {
  readonly peer: string;
  readonly url: string;
  readonly prefixes: readonly string[];
  /** Paths below these that are answered here. */
  readonly except?: readonly string[];
  readonly token: string | undefined;
}

/** Passes requests for roles that run elsewhere on to their process, as they came: bodies and answers are streamed. */
export function relayTo({ peer, url, prefixes, except = [], token }: RelayTarget): FastHandler {
  const base = new URL(url);
  return (req, res, principal) => {
    const path = (req.url as string).split('?', 1)[0] as string;
    const isWithin = (list: readonly string[]): boolean => list.some((prefix) => matches(prefix, req.method as string, path));
    if (!isWithin(prefixes) || isWithin(except)) return false;
    if (principal.roles.length === 0) sendFailure(res, httpFail.tokenRequired({}), { style: 'platform', requestId: randomHex(16) });
    else forward(req, res, { peer, base, token });
    return true;
  };
}

/** `/path`, or `METHOD /path` where a page of the web UI has the same path. */
function matches(prefix: string, method: string, path: string): boolean {
  const [first, second] = prefix.split(' ', 2) as [string, string?];
  const start = second ?? first;
  if (second !== undefined && first !== method) return false;
  return path === start || path.startsWith(`${start}/`);
}

function forward(req: IncomingMessage, res: ServerResponse, to: { peer: string; base: URL; token: string | undefined }): void {
  const headers = Object.fromEntries(Object.entries(req.headers).filter(([name]) => !HOP_BY_HOP.has(name)));
  const auth = to.token === undefined ? {} : { authorization: `Bearer ${to.token}` };
  const upstream = httpRequest(
    { host: to.base.hostname, port: to.base.port, path: req.url, method: req.method, headers: { ...headers, ...auth, host: to.base.host } },
    (answer) => {
      const kept = Object.entries(answer.headers).filter(([name]) => !HOP_BY_HOP.has(name));
      res.writeHead(answer.statusCode as number, Object.fromEntries(kept) as Record<string, string>);
      answer.pipe(res);
    },
  );
  upstream.on('error', (error) => {
    if (res.headersSent) res.destroy();
    else
      sendFailure(res, fail.peerUnreachable({ peer: to.peer, url: to.base.origin, reason: error.message }, error), {
        style: 'platform',
        requestId: randomHex(16),
      });
  });
  res.on('close', () => upstream.destroy());
  req.pipe(upstream);
}
