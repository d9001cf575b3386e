import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import { discardRest, readBody } from '#http/body.ts';
import { fail as httpFail } from '#http/errors.ts';
import { failureOf, sendFailure } from '#http/failure.ts';
import { allowOf, sendAllowed } from '#http/known-paths.ts';
import type { IntakeAccount } from '#http/limits/intake.ts';
import type { FastHandler, Principal, Style } from '#http/route.ts';
import { KnownError } from '#kernel/errors.ts';
import { randomHex } from '#kernel/ids.ts';
import type { Logger } from '#kernel/logger.ts';
import type { Tracing } from '#ports/telemetry/tracing.ts';
import type { ServingMetrics } from '../metrics.ts';
import type { Caller } from '../runtime/batcher.ts';
import { fail } from '../runtime/errors.ts';
import { RequestTrace } from '../tracing/request-trace.ts';
import { COMPRESS_FROM, codingFor, decoded, encoded } from './encoding.ts';
import type { Answer, Idempotency } from './idempotency.ts';

/** A prediction request, read whole. */
export interface Incoming {
  readonly path: string;
  /** Named groups of the endpoint's pattern, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Size of the body. */
  readonly bytes: number;
  readonly requestId: string;
  readonly arrivedAt: number;
  readonly caller: Caller | undefined;
  readonly timeoutMs: number | undefined;
  readonly trace: RequestTrace | undefined;
  /** Variant that the caller pins by X-Trainyard-Variant. */
  readonly variant: string | undefined;
}

/** One prediction path of one protocol. */
export interface Endpoint {
  readonly pattern: RegExp;
  readonly style: Style;
  readonly maxBodyBytes: number;
  answer(incoming: Incoming): Promise<Answer>;
  /** How this protocol says what went wrong, where that is not the style's own way. */
  readonly failure?: (error: unknown, incoming: Incoming | undefined) => Answer | undefined;
}

export interface ExchangeDeps {
  readonly metrics: ServingMetrics;
  readonly logger: Logger;
  readonly idempotency: Idempotency;
  /** Absent where nobody asked for traces. */
  readonly tracing?: Tracing | undefined;
}

const PLAIN_ID = /^[\w.:@/+=-]{1,128}$/u;

/** The caller's request id, if it is one that can stand in a log. */
export function requestIdOf(headers: IncomingHttpHeaders): string | undefined {
  const given = headers['x-request-id'];
  return typeof given === 'string' && PLAIN_ID.test(given) ? given : undefined;
}

/**
 * Prediction paths beside the plain one's fast path: reads the body (with its Content-Encoding), minds Idempotency-Key, timeout and callers that go away,
 * and sends what the endpoint answers, compressed where that pays.
 */
export function exchangeHandler(deps: ExchangeDeps, endpoints: readonly Endpoint[]): FastHandler {
  return (req, res, { principal, intake }) => {
    if (wantsPage(req)) return false;
    const path = (req.url as string).split('?', 1)[0] as string;
    for (const endpoint of endpoints) {
      const match = endpoint.pattern.exec(path);
      if (!match) continue;
      if (req.method !== 'POST') otherMethod(req, res, { path, style: endpoint.style });
      else void new Exchange(deps, endpoint, { req, res, account: intake.open(res) }).run(path, match.groups ?? {}, principal);
      return true;
    }
    return false;
  };
}

const ALLOW = allowOf(['POST']) as string;

/** Somebody who types the path into a browser gets the pages. */
function wantsPage({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true;
}

function otherMethod(req: IncomingMessage, res: ServerResponse, { path, style }: { path: string; style: Style }): void {
  if (req.method === 'OPTIONS') {
    sendAllowed(res, ALLOW);
    return;
  }
  const error = httpFail.methodNotAllowed({ method: req.method as string, path, allow: ALLOW });
  discardRest(req, res);
  sendFailure(res, error, { style, requestId: requestIdOf(req.headers) ?? randomHex(16) });
}

interface Raw {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly account: IntakeAccount;
}

class Exchange {
  readonly #deps: ExchangeDeps;
  readonly #endpoint: Endpoint;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  readonly #arrivedAt = performance.now();
  readonly #requestId: string;
  readonly #trace: RequestTrace | undefined;
  readonly #account: IntakeAccount;

  constructor(deps: ExchangeDeps, endpoint: Endpoint, { req, res, account }: Raw) {
    this.#account = account;
    this.#deps = deps;
    this.#endpoint = endpoint;
    this.#req = req;
    this.#res = res;
    this.#requestId = requestIdOf(req.headers) ?? randomHex(16);
    this.#trace = deps.tracing && this.#begin(deps.tracing);
  }

  async run(path: string, groups: Readonly<Record<string, string>>, principal: Principal): Promise<void> {
    const { metrics } = this.#deps;
    let incoming: Incoming | undefined;
    try {
      const body = await this.#read(principal);
      metrics.requests.value++;
      incoming = this.#incoming(path, groups, body);
      const answer = await this.#answer(incoming, principal);
      if (answer.status >= 400) metrics.errors.value++;
      await this.#send(answer);
    } catch (error) {
      metrics.errors.value++;
      this.#log(error);
      await this.#send(this.#failure(error, incoming)).catch(() => this.#res.destroy());
    }
  }

  #incoming(path: string, groups: Readonly<Record<string, string>>, body: Buffer): Incoming {
    const { headers, socket } = this.#req;
    const variant = headers['x-trainyard-variant'];
    return {
      path,
      params: Object.fromEntries(
        Object.entries(groups).flatMap(([name, value]) => (value === undefined ? [] : [[name, decodePart(value)]])),
      ),
      headers,
      body,
      bytes: body.length,
      requestId: this.#requestId,
      arrivedAt: this.#arrivedAt,
      // A repeat with the same key may wait for this answer, whatever becomes of this caller.
      caller: headers['idempotency-key'] === undefined ? socket : undefined,
      timeoutMs: timeoutOf(headers['x-trainyard-timeout-ms']),
      trace: this.#trace,
      variant: typeof variant === 'string' ? variant : undefined,
    };
  }

  #begin(tracing: Tracing): RequestTrace {
    const { headers, url } = this.#req;
    const path = (url as string).split('?', 1)[0] as string;
    return RequestTrace.http(tracing, { route: routeOf(path), path, headers, arrivedAt: this.#arrivedAt });
  }

  #answer(incoming: Incoming, principal: Principal): Promise<Answer> {
    const key = incoming.headers['idempotency-key'];
    if (typeof key !== 'string') return this.#endpoint.answer(incoming);
    const { body, path, variant } = incoming;
    const scope = `${principal.id} ${path} ${variant ?? ''} ${incoming.headers['inference-header-content-length'] ?? ''}`;
    return this.#deps.idempotency.once({ key, scope, body }, () => this.#endpoint.answer(incoming));
  }

  async #read(principal: Principal): Promise<Buffer> {
    const limit = this.#endpoint.maxBodyBytes;
    if (!principal.roles.includes('caller')) throw httpFail.tokenRequired({});
    const body = await readBody(this.#req, limit, this.#account);
    const encoding = this.#req.headers['content-encoding'];
    return encoding === undefined ? body : decoded(body, encoding, { limit, account: this.#account });
  }

  #failure(error: unknown, incoming: Incoming | undefined): Answer {
    const own = this.#endpoint.failure?.(error, incoming);
    if (own) return own;
    const { status, type, body, headers } = failureOf(error, this.#endpoint.style, this.#requestId);
    return { status, headers: { ...headers, 'content-type': type }, body: JSON.stringify(body) };
  }

  #log(error: unknown): void {
    if (error instanceof KnownError && error.spec.status < 500) return;
    this.#deps.logger.error(
      { request_id: this.#requestId, path: this.#req.url, error: String((error as Error).stack ?? error) },
      'a prediction failed',
    );
  }

  async #send({ status, headers, body }: Answer): Promise<void> {
    if (this.#res.destroyed) {
      this.#trace?.end(undefined);
      return;
    }
    const coding = body.length >= COMPRESS_FROM ? codingFor(acceptOf(this.#req.headers)) : undefined;
    const bytes = coding === undefined ? body : await encoded(body, coding);
    const more: Record<string, string> = coding === undefined ? {} : { 'content-encoding': coding, vary: 'Accept-Encoding' };
    const trace: Record<string, string> = this.#trace === undefined ? {} : { traceresponse: this.#trace.traceparent };
    const length = { 'content-length': String(Buffer.byteLength(bytes)), 'x-request-id': this.#requestId };
    discardRest(this.#req, this.#res);
    this.#res.writeHead(status, { ...headers, ...more, ...trace, ...length });
    this.#res.end(bytes);
    this.#trace?.end(status);
  }
}

function acceptOf(headers: IncomingHttpHeaders): string | undefined {
  const accept = headers['accept-encoding'];
  return Array.isArray(accept) ? accept.join(',') : accept;
}

/** The path without the names in it. */
function routeOf(path: string): string {
  return path.replace(/(\/(?:deployments|models)\/)[^/:]+/u, '$1{name}').replace(/(\/versions\/)[^/:]+/u, '$1{version}');
}

function timeoutOf(value: string | readonly string[] | undefined): number | undefined {
  if (value === undefined) return undefined;
  const ms = Number(value);
  if (!(ms > 0) || !Number.isFinite(ms)) throw fail.timeoutInvalid({ value: String(value).slice(0, 60) });
  return ms;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
