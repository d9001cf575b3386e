import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { Readable } from 'node:stream';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { belowFirstMount } from '#contract/http/mlflow/mounts.ts';
import { parseKeepingFloats } from '#contract/http/mlflow/python-json.ts';
import { KnownError } from '#kernel/errors.ts';
import { randomHex } from '#kernel/ids.ts';
import type { Logger } from '#kernel/logger.ts';
import { pause } from '#kernel/retry.ts';
import { Acceptors } from './acceptors.ts';
import { BodyParts, checkJsonType, discardRest, parseJson, readBody } from './body.ts';
import type { DirectHandler } from './direct/connection.ts';
import { DirectConnections } from './direct/connections.ts';
import { createServer } from './direct/node-http.ts';
import { fail, specs } from './errors.ts';
import { failureOf, sendFailure } from './failure.ts';
import { answerOrigin, type Guard, setSecurityHeaders } from './guard.ts';
import { platformInputError } from './input.ts';
import { ALL_METHODS, KnownPaths, sendAllowed } from './known-paths.ts';
import { Intake } from './limits/intake.ts';
import { boundBody, cutStalled } from './limits/slow-clients.ts';
import type { Metrics } from './metrics.ts';
import { mlflowInputError } from './mlflow/input.ts';
import { OwnedBytes } from './owned-bytes.ts';
import { requestMetrics } from './request-metrics.ts';
import { type BoundRoute, type FastHandler, type Principal, Reply, type RequestContext, type Style } from './route.ts';
import { unknownKeys } from './unknown-keys.ts';

export interface HttpOptions {
  readonly guard: Guard;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly maxBodyBytes: number;
  /** Longest time that a body may take to come where it is read whole, milliseconds. */
  readonly bodyMs?: number;
  /** After this a connection is cut whose client reads nothing of its answer, milliseconds. */
  readonly stallMs?: number;
  /** What bodies that are read whole may hold together. */
  readonly intake?: Intake;
}

/** After a stop was asked for: how long no request must have come until the door is closed, and how long that may take at most. */
const QUIET_MS = 50;
const MAX_DRAIN_MS = 1000;
const IDLE_SWEEP_MS = 20;
const KEEP_ALIVE_MS = 65_000;
const SLOW_CLIENT_MS = 60_000;

/** Here a key that nobody reads is a mistake; other APIs ignore what they do not know, and their clients count on that. */
const OWN_API = '/api/v1/';

/** One listening server. Routes are added before `listen`. */
export class HttpServer {
  readonly #options: HttpOptions;
  readonly #bodyMs: number;
  readonly #intake: Intake;
  readonly #endWatch: () => void;
  readonly #fastify: FastifyInstance;
  readonly #fast: FastHandler[] = [];
  #direct!: DirectConnections;
  readonly #routes: BoundRoute[] = [];
  readonly #known = new KnownPaths();
  #server!: Server;
  readonly acceptors: Acceptors;
  #stopping = false;
  #entered = 0;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#bodyMs = options.bodyMs ?? SLOW_CLIENT_MS;
    this.#intake = options.intake ?? new Intake();
    this.#fastify = Fastify({
      // Input is checked and answers are written by the routes: without these the framework loads two compilers for schemas that nobody gives it.
      schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
      routerOptions: { ignoreTrailingSlash: true, maxParamLength: 4096 },
      // Clients that join a base ending in a slash with a path beginning with one mean what is behind it.
      // Routes are known below one of MLflow's mounts only: adding each four times was a tenth of a start.
      rewriteUrl: ({ url }) => belowFirstMount((url as string).replace(/^\/{2,}/u, '/')),
      genReqId: () => randomHex(16),
      exposeHeadRoutes: true,
      // A path that cannot be decoded: the framework's own answer has another form.
      frameworkErrors: (error, request, reply) => {
        const { url } = request.raw;
        this.#fail(reply, fail.requestInvalid({ reason: error.message }), styleOfPath(url as string));
      },
      forceCloseConnections: 'idle',
      serverFactory: (handler) => {
        this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true, requestTimeout: 0 }, (req, res) =>
          this.#enter(req, res, handler),
        );
        this.#direct = new DirectConnections(this.#server, {
          idleMs: KEEP_ALIVE_MS,
          bodyMs: this.#bodyMs,
          admit: (headers) => this.#admit(headers),
          intake: this.#intake,
        });
        return this.#server;
      },
    });
    this.#endWatch = cutStalled(this.#server, options.stallMs ?? SLOW_CLIENT_MS);
    this.acceptors = new Acceptors(this.#server);
    this.#setUp();
  }

  /** All routes so far, for the API documentation. */
  get routes(): readonly BoundRoute[] {
    return this.#routes;
  }

  add(routes: readonly BoundRoute[]): void {
    for (const route of routes) {
      this.#routes.push(route);
      for (const mount of new Set((route.mounts ?? ['']).map((given) => belowFirstMount(`${given}/`).slice(0, -1)))) {
        this.#known.add(route.method, mount + route.path);
        this.#fastify.route({
          method: route.method,
          url: mount + route.path,
          handler: (request, reply) => this.#handle(route, request, reply),
        });
      }
    }
  }

  addFast(handler: FastHandler): void {
    this.#fast.push(handler);
  }

  /** Requests of the plainest kind, past even node:http; what the handler does not take goes the usual way. */
  addDirect(handler: DirectHandler): void {
    this.#direct.add(handler);
  }

  /** @returns the port, which differs from the one asked for when that was 0 */
  async listen(host: string, port: number): Promise<number> {
    await this.#fastify.listen({ host, port, backlog: 1024 });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Listens on a Unix socket, for processes of this program. */
  async listenAt(path: string): Promise<void> {
    await this.#fastify.listen({ path, backlog: 1024 });
  }

  /** Leaves a listening socket to the process that holds it too; the clients that came by it learn by their next answer to connect anew. */
  hand(acceptor: NetServer): void {
    this.acceptors.hand(acceptor);
    this.#direct.leave((socket) => this.acceptors.isLeft(socket));
  }

  /** Before a stop where another process goes on with the listening sockets: clients have `lingerMs` to learn by an answer that their connection ends. */
  async leave(lingerMs: number): Promise<void> {
    this.#stopping = true;
    this.#direct.refuse();
    await this.acceptors.release(lingerMs);
  }

  /** Refuses new work, lets running requests end, closes. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#direct.refuse();
    await this.#quiet(graceMs);
    const force = setTimeout(() => {
      this.#server.closeAllConnections();
      this.#direct.destroy();
    }, graceMs);
    this.#direct.end();
    // Closing ends the connections that are idle at that moment; one whose answer comes later would stay open for its next request.
    const idle = setInterval(() => this.#server.closeIdleConnections(), IDLE_SWEEP_MS);
    await Promise.all([this.#fastify.close(), this.acceptors.release(graceMs)]);
    clearInterval(idle);
    clearTimeout(force);
    this.#endWatch();
  }

  /** Requests on their way when the stop was asked for would find a closed door: they are answered until none has come for a moment. */
  async #quiet(graceMs: number): Promise<void> {
    const deadline = performance.now() + Math.min(graceMs, MAX_DRAIN_MS);
    const come = (): number => this.#entered + this.#direct.taken;
    for (let seen = -1; seen !== come() && performance.now() < deadline; ) {
      seen = come();
      await pause(QUIET_MS);
    }
  }

  #admit(headers: IncomingHttpHeaders): Principal {
    this.#options.guard.checkSource('POST', headers);
    return this.#options.guard.principal(headers);
  }

  #enter(req: IncomingMessage, res: ServerResponse, next: (req: IncomingMessage, res: ServerResponse) => void): void {
    this.#entered++;
    try {
      this.#options.guard.checkSource(req.method as string, req.headers);
      const origin = req.headers.origin;
      if (origin !== undefined && answerOrigin(this.#options.guard, req, res)) return;
      if (req.method === 'OPTIONS' && req.url === '*') {
        sendAllowed(res, ALL_METHODS);
        return;
      }
      // A connection that stays open would outlive the stop: the answer to its next request closes it.
      if (this.#stopping || this.acceptors.isLeft(req.socket)) res.setHeader('connection', 'close');
      if (this.#fast.length > 0) {
        const context = { principal: this.#options.guard.principal(req.headers), intake: this.#intake };
        for (const fast of this.#fast) {
          if (!fast(req, res, context)) continue;
          if (!fast.streams) boundBody(req, res, this.#bodyMs);
          return;
        }
      }
    } catch (error) {
      discardRest(req, res);
      sendFailure(res, error, { style: 'platform', requestId: randomHex(16) });
      return;
    }
    setSecurityHeaders(res);
    next(req, res);
  }

  #setUp(): void {
    const { logger, metrics } = this.#options;
    const app = this.#fastify;
    app.removeAllContentTypeParsers();
    // Bodies are read by the route itself, so that streams stay streams and limits are its own.
    app.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined));
    requestMetrics(app, metrics);
    app.setNotFoundHandler((request, reply) => this.#missing(request, reply));
    app.setErrorHandler((error, request, reply) => {
      const refused = refusalOf(error, request.headers['content-type']);
      if (refused) return void this.#fail(reply, refused, styleOfPath(request.url));
      logger.error(
        { request_id: request.id, path: request.originalUrl, error: String((error as Error).stack ?? error) },
        'a request failed outside its handler',
      );
      this.#fail(reply, error, styleOfPath(request.url));
    });
  }

  /** No route takes this request: the path is unknown, or it takes other methods. */
  #missing(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { method } = request;
    const path = request.originalUrl.split('?', 1)[0] as string;
    const allow = this.#known.allowed(belowFirstMount(path));
    if (allow === undefined || (method !== 'OPTIONS' && allow.split(', ').includes(method)))
      return this.#fail(reply, fail.notFound({ method, path }), styleOfPath(path));
    if (method === 'OPTIONS') return reply.code(204).header('allow', allow).send();
    return this.#fail(reply, fail.methodNotAllowed({ method, path, allow }), styleOfPath(path));
  }

  async #handle(route: BoundRoute, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const style = route.style ?? 'platform';
    const abort = new AbortController();
    const onClose = (): void => {
      if (!reply.raw.writableFinished) abort.abort();
    };
    reply.raw.once('close', onClose);
    let stream: BodyParts | undefined;
    try {
      const principal = this.#options.guard.principal(request.headers);
      this.#options.guard.allow(route.access, principal);
      const input = await this.#input(route, request, reply);
      if (route.body === 'stream') stream = new BodyParts(request.raw);
      const answer = await route.run(input, context(request, principal, { signal: abort.signal, stream: stream ?? NOTHING }));
      stream?.leave();
      if (stream) discardRest(request.raw, reply.raw);
      return send(reply, answer);
    } catch (error) {
      stream?.leave();
      if (error instanceof KnownError && error.spec === specs.notFound) return this.#missing(request, reply);
      return this.#fail(reply, error, style);
    }
  }

  async #input(route: BoundRoute, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const style = route.style ?? 'platform';
    const query = request.query as Record<string, unknown>;
    const params = request.params as Record<string, unknown>;
    let raw: unknown = Object.keys(params).length > 0 ? { ...query, ...params } : query;
    let sent: Buffer = Buffer.alloc(0);
    let body: unknown;
    const whole = (given: unknown) => (isRecord(given) || given === undefined ? { ...query, ...given, ...params } : given);
    if (route.body !== 'stream' && request.method !== 'GET' && request.method !== 'HEAD') {
      boundBody(request.raw, reply.raw, this.#bodyMs);
      sent = await readBody(request.raw, this.#options.maxBodyBytes, this.#intake.open(reply.raw));
      body = bodyOf(route, request, { bytes: sent, style });
      raw = whole(body);
    }
    const parsed = route.input.safeParse(raw, { reportInput: true });
    const isOurs = style === 'platform' && request.routeOptions.url?.startsWith(OWN_API) === true;
    const unknown = isOurs ? unknownKeys(route.input, body, Object.keys(params)) : [];
    if (parsed.success && unknown.length === 0) return parsed.data;
    if (parsed.success || style !== 'mlflow') throw platformInputError(parsed.error?.issues ?? [], unknown);
    throw mlflowInputError(parsed.error.issues, sent.length > 0 ? whole(parseKeepingFloats(sent.toString())) : raw);
  }

  #fail(reply: FastifyReply, error: unknown, style: Style): FastifyReply {
    const request = reply.request;
    if (reply.raw.headersSent) {
      // The answer has begun: cutting the connection is the only honest sign left.
      reply.raw.destroy();
      return reply;
    }
    const left = request.raw.destroyed && !request.raw.complete && !(error instanceof KnownError);
    const failure = failureOf(
      left ? fail.requestInvalid({ reason: 'the connection ended before the body did.' }) : error,
      style,
      request.id,
    );
    if (failure.status >= 500) {
      const { stack, cause } = error as Error;
      this.#options.logger.error(
        {
          request_id: request.id,
          method: request.method,
          path: request.originalUrl,
          error: stack ?? String(error),
          ...(cause ? { cause: String(cause) } : {}),
        },
        'a request failed',
      );
    }
    discardRest(request.raw, reply.raw);
    return reply
      .code(failure.status)
      .headers({ ...failure.headers, 'x-request-id': request.id })
      .type(failure.type)
      .send(JSON.stringify(failure.body));
  }
}

/** A stream of nothing per request would cost more than all else that a request is told of. */
const NOTHING: AsyncIterable<Uint8Array> = {
  async *[Symbol.asyncIterator]() {},
};

function context(
  { id: requestId, headers, url, method }: FastifyRequest,
  principal: Principal,
  { signal, stream }: Pick<RequestContext, 'signal' | 'stream'>,
): RequestContext {
  return { requestId, principal, signal, headers, url, method, stream };
}

function send(reply: FastifyReply, answer: unknown): FastifyReply {
  reply.header('x-request-id', reply.request.id);
  if (!(answer instanceof Reply)) return reply.type('application/json').send(JSON.stringify(answer ?? {}));
  reply.code(answer.status).headers(answer.headers);
  const { body } = answer;
  if (body === undefined) return reply.send();
  if (typeof body === 'string' || body instanceof Uint8Array) return reply.send(body);
  if (body instanceof OwnedBytes) {
    body.freeAfter(reply.raw);
    return reply.send(body.whole ?? body.stream());
  }
  if (isRecord(body) && Symbol.asyncIterator in body)
    return reply.send(Readable.from(body as unknown as AsyncIterable<Uint8Array>, { objectMode: false }));
  if (!reply.hasHeader('content-type')) reply.type('application/json');
  return reply.send(JSON.stringify(body));
}

function bodyOf(route: BoundRoute, request: FastifyRequest, { bytes, style }: { bytes: Buffer; style: Style }): unknown {
  if (route.body === 'bytes') return { body: bytes };
  const type = request.headers['content-type'];
  const form = route.body === 'form' && type?.startsWith('application/x-www-form-urlencoded');
  if (form) return Object.fromEntries(new URLSearchParams(bytes.toString()));
  if (bytes.length > 0) checkJsonType(type, style, request.method);
  return parseJson(bytes);
}

function noSchemas(): never {
  throw new Error('routes have no schemas of the framework');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the framework itself refuses before a handler runs is the caller's mistake, in our words. */
function refusalOf(error: unknown, type: string | undefined): KnownError | undefined {
  const { statusCode = 500, message } = error as { statusCode?: number; message: string };
  if (statusCode === 415) return fail.contentTypeUnsupported({ type: type ?? '', allowed: 'application/json' });
  return statusCode >= 400 && statusCode < 500 ? fail.requestInvalid({ reason: message }) : undefined;
}

function styleOfPath(path: string): Style {
  if (/^\/(?:ajax-)?api\/[23]\.0\//u.test(path)) return 'mlflow';
  return path.startsWith('/v2') ? 'oip' : 'platform';
}
