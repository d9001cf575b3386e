import type { IncomingHttpHeaders, IncomingMessage, RequestOptions, ServerResponse } from 'node:http';
import { closeAfterRest, discardRest } from '#http/body.ts';
import { Agent, request as httpRequest } from '#http/direct/node-http.ts';
import { fail as httpFail } from '#http/errors.ts';
import type { FastHandler } from '#http/route.ts';
import { randomHex } from '#kernel/ids.ts';
import { fail } from '../errors.ts';

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']);
/** Said anew to a process that has an address and a token of its own. */
const OWN = new Set(['host', 'authorization']);

const IDLE_MS = 15_000;

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
  const relay: FastHandler = (req, res, { principal }) => {
    const path = (req.url as string).split('?', 1)[0] as string;
    const isWithin = (list: readonly string[]): boolean => list.some((prefix) => matches(prefix, req.method as string, path));
    if (!isWithin(prefixes) || isWithin(except)) return false;
    if (principal.roles.length === 0) refuse(res, httpFail.tokenRequired({}));
    else forward(req, res, toPeer(req, { peer, base, token }));
    return true;
  };
  return Object.assign(relay, { streams: true });
}

/** `/path`, or `METHOD /path` where a page of the web UI has the same path. */
function matches(prefix: string, method: string, path: string): boolean {
  const [first, second] = prefix.split(' ', 2) as [string, string?];
  const start = second ?? first;
  if (second !== undefined && first !== method) return false;
  return path === start || path.startsWith(`${start}/`);
}

/** Passes every request on to the main process of this program, exactly as it came: that one makes the checks. */
export function relayToMain(socketPath: string): FastHandler {
  // Kept connections: one that the main process closes after its answer may be gone before the last, empty write of a request. They rest for less time
  // than the main process keeps them.
  const agent = new Agent({ keepAlive: true, timeout: IDLE_MS });
  const relay: FastHandler = (req, res) => {
    const options = { socketPath, headers: passedHeaders(req), agent };
    forward(req, res, { options, failed: (error) => fail.mainProcessGone({ reason: error.message }, error) });
    return true;
  };
  return Object.assign(relay, { streams: true });
}

interface Way {
  readonly options: RequestOptions;
  readonly failed: (error: Error) => Error;
}

function toPeer(req: IncomingMessage, { peer, base, token }: { peer: string; base: URL; token: string | undefined }): Way {
  const kept = Object.fromEntries(Object.entries(passedHeaders(req)).filter(([name]) => !OWN.has(name)));
  const auth = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return {
    options: { host: base.hostname, port: base.port, headers: { ...kept, ...auth, host: base.host } },
    failed: (error) => fail.peerUnreachable({ peer, url: base.origin, reason: error.message }, error),
  };
}

function passedHeaders({ headers }: IncomingMessage): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

function forward(req: IncomingMessage, res: ServerResponse, { options, failed }: Way): void {
  const upstream = httpRequest({ ...options, path: req.url, method: req.method }, (answer) => {
    const kept = Object.entries(answer.headers).filter(([name]) => !HOP_BY_HOP.has(name));
    closeAfterRest(req, res);
    res.writeHead(answer.statusCode as number, Object.fromEntries(kept) as Record<string, string>);
    answer.pipe(res);
    answer.on('error', () => res.destroy());
  });
  upstream.on('error', (error) => {
    if (res.headersSent) res.destroy();
    else {
      closeAfterRest(req, res);
      refuse(res, failed(error));
    }
  });
  res.on('close', () => {
    // Answered before all was read: the rest must be taken from the connection all the same.
    req.unpipe(upstream);
    upstream.destroy();
    discardRest(req);
  });
  req.pipe(upstream);
}

/** The server is there by the time that anything is relayed; importing it above would load the framework before the program has begun anything else. */
function refuse(res: ServerResponse, error: unknown): void {
  void import('#http/failure.ts').then(({ sendFailure }) => sendFailure(res, error, { style: 'platform', requestId: randomHex(16) }));
}
