import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { fail } from './errors.ts';
import type { Access, Principal } from './route.ts';

export interface GuardOptions {
  /** Whether the server listens on loopback only: then Host must name this machine, and no token is needed unless one is set. */
  readonly loopback: boolean;
  readonly token?: string | undefined;
  readonly allowedHosts: readonly string[];
  /** Origins of other pages that may call; `*` for all (then never with credentials). */
  readonly corsOrigins: readonly string[];
}

const LOCAL: Principal = { id: 'local', roles: ['viewer', 'caller', 'editor', 'admin'] };
const TOKEN: Principal = { id: 'token', roles: ['viewer', 'caller', 'editor', 'admin'] };
const ANYBODY: Principal = { id: 'anonymous', roles: [] };

/** Checks of every request before anything else looks at it. */
export class Guard {
  readonly #options: GuardOptions;
  readonly #token: Buffer | undefined;
  /** The Host header that was last found good: almost every request brings the same. */
  #goodHost: string | undefined;

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#token = options.token === undefined ? undefined : digest(options.token);
  }

  /**
   * Refuses foreign Host headers (DNS rebinding) and state-changing calls of foreign pages (cross-site request forgery).
   * @throws HOST_REFUSED, ORIGIN_REFUSED
   */
  checkSource(method: string, headers: IncomingHttpHeaders): void {
    const host = headers.host;
    if (host === undefined || host !== this.#goodHost) this.#checkHost(host);
    const origin = headers.origin;
    if (origin === undefined || method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return;
    if (!this.#sameOrigin(origin, host) && this.corsOrigin(origin) === undefined) throw fail.originRefused({ origin });
  }

  /** Who calls. @throws TOKEN_REQUIRED when a token is set and the request brings none or a wrong one */
  principal(headers: IncomingHttpHeaders): Principal {
    if (this.#token === undefined) return LOCAL;
    const given = bearerOrPassword(headers.authorization);
    if (given === undefined) return ANYBODY;
    if (!timingSafeEqual(digest(given), this.#token)) throw fail.tokenRequired({});
    return TOKEN;
  }

  /** @throws TOKEN_REQUIRED */
  allow(access: Access, principal: Principal): void {
    if (access !== 'public' && !principal.roles.includes(access)) throw fail.tokenRequired({});
  }

  /** The value for Access-Control-Allow-Origin, if that origin may read answers. */
  corsOrigin(origin: string): string | undefined {
    const { corsOrigins } = this.#options;
    if (corsOrigins.includes('*')) return '*';
    return corsOrigins.includes(origin) ? origin : undefined;
  }

  #checkHost(host: string | undefined): void {
    const name = hostName(host);
    const { loopback, allowedHosts } = this.#options;
    if (loopback && !isLoopbackName(name) && !allowedHosts.includes(name)) throw fail.hostRefused({ host: host ?? '' });
    if (!loopback && allowedHosts.length > 0 && !allowedHosts.includes(name) && !isLoopbackName(name))
      throw fail.hostRefused({ host: host ?? '' });
    this.#goodHost = host;
  }

  #sameOrigin(origin: string, host: string | undefined): boolean {
    return origin === `http://${host}` || origin === `https://${host}`;
  }
}

/** For pages and answers alike: nothing is read as another type than it says, nor shown inside of other sites. */
const SECURITY_HEADERS = [
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'SAMEORIGIN'],
] as const;

export function setSecurityHeaders(res: ServerResponse): void {
  for (const [name, value] of SECURITY_HEADERS) res.setHeader(name, value);
}

/** Adds the headers that let a foreign page read the answer, if it may. @returns whether that was all, as for a preflight request */
export function answerOrigin(guard: Guard, req: IncomingMessage, res: ServerResponse): boolean {
  const allowed = guard.corsOrigin(req.headers.origin ?? '');
  if (allowed === undefined) return false;
  res.setHeader('access-control-allow-origin', allowed);
  res.setHeader('vary', 'Origin');
  res.setHeader('access-control-expose-headers', 'x-request-id, x-prediction-id, retry-after');
  if (req.method !== 'OPTIONS' || req.headers['access-control-request-method'] === undefined) return false;
  res.setHeader('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE');
  res.setHeader('access-control-allow-headers', req.headers['access-control-request-headers'] ?? '*');
  res.setHeader('access-control-max-age', '600');
  res.statusCode = 204;
  res.end();
  return true;
}

/** The name in a Host header, without port and brackets, lower case. */
export function hostName(host: string | undefined): string {
  if (host === undefined) return '';
  const bracket = /^\[([^\]]*)\]/u.exec(host);
  return (bracket?.[1] ?? host.replace(/:\d*$/u, '')).toLowerCase();
}

/** Whether a host name or address can only mean this machine. */
export function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name === '::1' || /^127\.\d+\.\d+\.\d+$/u.test(name) || name.endsWith('.localhost');
}

function bearerOrPassword(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const [scheme, value] = header.split(/\s+/u, 2);
  if (value === undefined) return undefined;
  if (/^bearer$/iu.test(scheme as string)) return value;
  if (!/^basic$/iu.test(scheme as string)) return undefined;
  const text = Buffer.from(value, 'base64').toString();
  return text.slice(text.indexOf(':') + 1);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
