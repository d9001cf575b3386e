import { refusal, TrainyardError, UnreachableError } from './errors.ts';

export interface ClientOptions {
  /** Address of the server, `http://127.0.0.1:8000` where absent. */
  readonly url?: string | undefined;
  /** Access token, where the server wants one. */
  readonly token?: string | undefined;
  /** Tries in all when the server is busy (429, 503) or, for calls that may be repeated, does not answer. 5 where absent. */
  readonly attempts?: number;
  /** Whether a server that does not answer is asked again as well; true where absent. */
  readonly retryUnreachable?: boolean;
  /** Longest wait for a whole answer, milliseconds, files apart; 60,000 where absent. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Takes the place of the global fetch. */
  readonly fetch?: typeof fetch;
}

export type QueryValue = string | number | boolean | undefined;

export interface Call {
  readonly query?: Readonly<Record<string, QueryValue>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is. */
  readonly bytes?: Blob | Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the call may be sent again when nobody knows whether it arrived. GET, PUT and DELETE may. */
  readonly repeatable?: boolean;
  /** Files take as long as they take. */
  readonly isFile?: boolean;
}

export const DEFAULT_URL = 'http://127.0.0.1:8000';
const BUSY = new Set([429, 503]);
const BASE_MS = 200;
const MAX_PAUSE_MS = 20_000;

/** Calls with retries and errors that say what the server said. */
export class Http {
  readonly url: string;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.url = (options.url ?? DEFAULT_URL).replace(/\/+$/u, '');
    this.#options = options;
  }

  /** @throws TrainyardError for an answer that is no success or no JSON, UnreachableError */
  async json<T>(method: string, path: string, call: Call = {}): Promise<T> {
    const text = await (await this.open(method, path, call)).text();
    if (text === '') return undefined as T;
    try {
      return JSON.parse(text) as T;
    } catch {
      throw new TrainyardError(`${method} ${path} did not answer JSON: is ${this.url} a Trainyard server?`);
    }
  }

  /** A successful answer whose body the caller reads. @throws TrainyardError, UnreachableError */
  async open(method: string, path: string, call: Call = {}): Promise<Response> {
    const { attempts = 5, retryUnreachable = true, signal } = this.#options;
    const repeatable = retryUnreachable && (call.repeatable ?? ['GET', 'PUT', 'DELETE'].includes(method));
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt >= attempts;
      const response = await this.send(method, path, call).catch((error: unknown): undefined => {
        if (isLast || !repeatable || signal?.aborted) throw error;
      });
      if (response?.ok) return response;
      if (response && (isLast || !BUSY.has(response.status))) throw refusal(`${method} ${path}`, response, await response.text());
      await response?.body?.cancel();
      await this.#pause(Math.max(retryAfterMs(response), Math.random() * BASE_MS * 2 ** attempt));
    }
  }

  /** One try; the answer as it is, whatever its status. @throws UnreachableError */
  async send(method: string, path: string, { query = {}, body, bytes, headers = {}, isFile = false }: Call = {}): Promise<Response> {
    const { token, timeoutMs = 60_000, signal } = this.#options;
    const pairs = Object.entries(query).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, String(value)]],
    );
    const target = `${this.url}${path}${pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`}`;
    const payload = bytes ?? (body === undefined ? undefined : JSON.stringify(body));
    const type = bytes === undefined ? 'application/json' : 'application/octet-stream';
    const init: RequestInit = {
      method,
      signal: AbortSignal.any([...(isFile ? [] : [AbortSignal.timeout(timeoutMs)]), ...(signal ? [signal] : [])]),
      headers: {
        accept: 'application/json',
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(payload === undefined ? {} : { 'content-type': type }),
        ...headers,
      },
    };
    if (payload !== undefined) init.body = payload as Blob | string;
    try {
      return await (this.#options.fetch ?? fetch)(target, init);
    } catch (error) {
      signal?.throwIfAborted();
      throw new UnreachableError(this.url, reasonOf(error as Error), error);
    }
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#options;
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop);
        resolve();
      }, ms);
      if (signal?.aborted) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    });
  }
}

/** Seconds or a date (RFC 9110 §10.2.3), at most 20 s. */
function retryAfterMs(response: Response | undefined): number {
  const text = response?.headers.get('retry-after');
  if (!text) return 0;
  const ms = /^\d+$/u.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.min(MAX_PAUSE_MS, Math.max(0, ms)) : 0;
}

function reasonOf(error: Error & { readonly cause?: unknown }): string {
  if (error.name === 'TimeoutError') return 'TIMEOUT';
  const cause = error.cause as { readonly code?: string; readonly message?: string } | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}

/** Path segments of a name that may hold slashes. */
export const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');
