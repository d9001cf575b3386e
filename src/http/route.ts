import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { Intake } from './limits/intake.ts';
import type { Tag } from './tags.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Who may call: anybody, whoever may look, whoever may ask for predictions, whoever may change things, the owner. */
export type Access = 'public' | 'viewer' | 'caller' | 'editor' | 'admin';

/** How an endpoint speaks of failures: RFC 9457 problem JSON, MLflow's JSON, or Open Inference Protocol's `{"error"}`. */
export type Style = 'platform' | 'mlflow' | 'oip';

export interface Principal {
  readonly id: string;
  readonly roles: readonly string[];
}

/** What a handler may know of its request beside the checked input. */
export interface RequestContext {
  readonly requestId: string;
  readonly principal: Principal;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
  readonly headers: IncomingHttpHeaders;
  /** Path and query as sent, undecoded. */
  readonly url: string;
  readonly method: string;
  /** The body as it comes in, for routes with `body: 'stream'`; empty for all others. */
  readonly stream: AsyncIterable<Uint8Array>;
  /** Characters of an answer that its caller holds at once. A list that would be longer ends before, with a token. */
  readonly mostCharacters?: number;
}

/**
 * One endpoint: found by its URL, checked at the edge, typed inside. `D` is what the role hands it.
 * `input` describes path parameters, query and JSON body merged into one object (path wins over body, body over query).
 */
export interface Route<D, I extends z.ZodType = z.ZodType> {
  readonly method: Method;
  /** Path in find-my-way's form: `/runs/:id`, `/artifacts/*`. */
  readonly path: string;
  /** Prefixes under which the path is mounted; the first is the documented one. Default: none. */
  readonly mounts?: readonly string[];
  readonly summary: string;
  readonly access: Access;
  readonly style?: Style;
  readonly tag?: Tag;
  readonly input: I;
  /** Shape of the 200 answer, for the documentation. */
  readonly answer?: z.ZodType;
  /**
   * `stream`: the handler reads the body itself, of any size and type. `form`: URL-encoded bodies are taken as well as JSON.
   * `bytes`: a bounded body of any type, as `body` of the input.
   */
  readonly body?: 'json' | 'stream' | 'form' | 'bytes';
  /** Left out of the API documentation (aliases of documented paths). */
  readonly hidden?: boolean;
  readonly handle: (deps: D, input: z.infer<I>, context: RequestContext) => Promise<unknown> | unknown;
}

/** Types a route by what its role hands it: `defineRoute<Deps>()({ … })`. */
export function defineRoute<D>() {
  return <I extends z.ZodType>(route: Route<D, I>): Route<D, I> => route;
}

/** A route with its dependencies inside, as the server takes it. */
export interface BoundRoute extends Omit<Route<never>, 'handle'> {
  readonly run: (input: unknown, context: RequestContext) => Promise<unknown> | unknown;
}

/** Gives every route of a list the same dependencies. */
export function bindRoutes<D>(deps: D, routes: readonly Route<D, z.ZodType>[]): BoundRoute[] {
  return routes.map(({ handle, ...rest }) => ({ ...rest, run: (input, context) => handle(deps, input, context) }));
}

/** An answer that is more than JSON with status 200. `undefined` as body sends none. */
export class Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  constructor(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** What a fast handler knows of a request beside itself. */
export interface FastContext {
  readonly principal: Principal;
  readonly intake: Intake;
}

/**
 * Looks at a request before the framework does and either takes it (true) or leaves it untouched (false).
 * Runs after the Host, Origin and token checks. Only prediction routes may use this. What it holds of a body counts in the intake.
 */
export type FastHandler = ((req: IncomingMessage, res: ServerResponse, context: FastContext) => boolean) & {
  /** Bodies pass through, and so may take any time to come. */
  readonly streams?: boolean;
};
