import { openAsBlob } from 'node:fs';

/** A failure that is told in one sentence and ends the command with a code. */
export class CliError extends Error {
  readonly exitCode: number;
  readonly hint: string | undefined;
  constructor(message: string, options: { readonly exitCode?: number; readonly hint?: string | undefined } = {}) {
    super(message);
    this.exitCode = options.exitCode ?? 1;
    this.hint = options.hint;
  }
}

/** Where the server is and how to speak to it. */
export interface Server {
  readonly url: string;
  readonly token?: string | undefined;
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

interface Payload {
  readonly body: string | Blob;
  readonly type: string;
}

interface Problem {
  readonly detail?: string;
  readonly message?: string;
  readonly error?: string;
  readonly hint?: string;
  readonly errors?: readonly { readonly field?: string; readonly message?: string }[];
}

/** Speaks to the server's HTTP API. Answers that are no success become CliErrors with the server's own sentence. */
export class Client {
  readonly url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ url, token }: Server) {
    this.url = url.replace(/\/+$/u, '');
    this.#headers = token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` };
  }

  get<T>(path: string, query: Query = {}): Promise<T> {
    return this.#json<T>('GET', withQuery(path, query));
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.#json<T>('POST', path, { body: JSON.stringify(body), type: 'application/json' });
  }

  put<T>(path: string, body: unknown): Promise<T> {
    return this.#json<T>('PUT', path, { body: JSON.stringify(body), type: 'application/json' });
  }

  delete<T>(path: string): Promise<T> {
    return this.#json<T>('DELETE', path);
  }

  /** Streams a file as the body. */
  async sendFile<T>(method: 'POST' | 'PUT', path: string, file: string): Promise<T> {
    return this.#json<T>(method, path, { body: await openAsBlob(file), type: 'application/octet-stream' });
  }

  /** A successful answer whose body is read by the caller. @throws CliError with the server's own sentence */
  async open(path: string): Promise<Response> {
    const response = await this.send('GET', path);
    if (!response.ok) throw refusal(`GET ${path}`, response.status, await response.text());
    return response;
  }

  /** The answer as it is, whatever its status. @throws CliError when the server cannot be reached */
  async send(method: string, path: string, payload?: Payload): Promise<Response> {
    const headers = { accept: 'application/json', ...this.#headers, ...(payload ? { 'content-type': payload.type } : {}) };

    try {
      return await fetch(`${this.url}${path}`, { method, headers, ...(payload ? { body: payload.body } : {}) });
    } catch (error) {
      throw unreachable(this.url, error);
    }
  }

  async #json<T>(method: string, path: string, payload?: Payload): Promise<T> {
    const response = await this.send(method, path, payload);
    const text = await response.text();
    if (!response.ok) throw refusal(`${method} ${path}`, response.status, text);
    if (text === '') return undefined as T;
    try {
      return JSON.parse(text) as T;
    } catch {
      throw new CliError(`${method} ${path} did not answer JSON: is ${this.url} a Trainyard server?`);
    }
  }
}

function withQuery(path: string, query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, String(value)]]));
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs)}`;
}

function unreachable(url: string, error: unknown): CliError {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  const why = cause?.code ?? cause?.message ?? (error as Error).message;
  return new CliError(`No server answers at ${url} (${why}).`, {
    hint: 'Start one with `trainyard start`, or name another with --url or TRAINYARD_URL.',
  });
}

function refusal(call: string, status: number, text: string): CliError {
  let problem: Problem = {};
  try {
    problem = JSON.parse(text) as Problem;
  } catch {}
  const sentence = problem.detail ?? problem.message ?? problem.error ?? `${call} answered ${status}.`;
  const fields = (problem.errors ?? [])
    .filter(({ message = '' }) => !sentence.includes(message))
    .map(({ field = '', message = '' }) => `\n  ${field === '' ? '' : `${field}: `}${message}`)
    .join('');
  const hint = status === 401 && problem.hint === undefined ? 'Set TRAINYARD_TOKEN.' : problem.hint;
  return new CliError(`${sentence}${fields}`, { hint });
}
