import type { ServerResponse } from 'node:http';
import type { Method } from './route.ts';

/** Order in which an Allow header names them. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

interface Known {
  readonly method: Method;
  readonly pattern: string;
}

/** Which methods each path takes, asked only when a request found no route. */
export class KnownPaths {
  readonly #known: Known[] = [];
  #compiled: { readonly method: Method; readonly pattern: RegExp }[] | undefined;

  /** `pattern` in find-my-way's form; one that takes any path makes none known. */
  add(method: Method, pattern: string): void {
    if (pattern === '/*') return;
    this.#known.push({ method, pattern });
    this.#compiled = undefined;
  }

  /** The value of the Allow header (RFC 9110 §10.2.1) for a path that other methods have; undefined for an unknown path. */
  allowed(path: string): string | undefined {
    this.#compiled ??= this.#known.map(({ method, pattern }) => ({ method, pattern: compiled(pattern) }));
    return allowOf(this.#compiled.flatMap(({ method, pattern }) => (pattern.test(path) ? [method] : [])));
  }
}

/** The Allow header's value for these methods with what comes along: HEAD with GET, and OPTIONS. */
export function allowOf(methods: readonly Method[]): string | undefined {
  if (methods.length === 0) return undefined;
  const all = new Set<string>([...methods, 'OPTIONS', ...(methods.includes('GET') ? ['HEAD'] : [])]);
  return METHODS.filter((method) => all.has(method)).join(', ');
}

/** Every method that some path takes: what `OPTIONS *` asks for. */
export const ALL_METHODS: string = METHODS.join(', ');

/** Answers OPTIONS. */
export function sendAllowed(res: ServerResponse, allow: string): void {
  res.writeHead(204, { allow });
  res.end();
}

function compiled(pattern: string): RegExp {
  const parts = pattern.replace(/\/+$/u, '').split(/(:\w+|\*$)/u);
  const source = parts.map((part) => (part === '*' ? '.*' : part.startsWith(':') ? '[^/]+' : part.replace(/[^\w/-]/gu, '\\$&')));
  return new RegExp(`^${source.join('')}/?$`, 'u');
}
