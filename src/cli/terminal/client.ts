import { openAsBlob } from 'node:fs';
import { TrainyardError, UnreachableError } from '#client/errors.ts';
import { Http, type QueryValue } from '#client/http.ts';
import { Registry } from '#client/registry.ts';
import { Runs } from '#client/runs.ts';

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

type Query = Readonly<Record<string, QueryValue>>;

/** The commands' way to the server: the same client that programs use, asking once, with failures as CliErrors. */
export class Client {
  readonly url: string;
  readonly runs: Runs;
  readonly registry: Registry;
  readonly #http: Http;

  constructor(server: Server) {
    this.#http = new Http({ ...server, attempts: 1, timeoutMs: 600_000 });
    this.url = this.#http.url;
    this.runs = new Runs(this.#http);
    this.registry = new Registry(this.#http);
  }

  get<T>(path: string, query: Query = {}): Promise<T> {
    return told(this.#http.json<T>('GET', path, { query }));
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return told(this.#http.json<T>('POST', path, { body }));
  }

  put<T>(path: string, body: unknown): Promise<T> {
    return told(this.#http.json<T>('PUT', path, { body }));
  }

  delete<T>(path: string): Promise<T> {
    return told(this.#http.json<T>('DELETE', path));
  }

  /** Streams a file as the body. */
  async sendFile<T>(method: 'POST' | 'PUT', path: string, file: string): Promise<T> {
    return told(this.#http.json<T>(method, path, { bytes: await openAsBlob(file), isFile: true }));
  }

  /** A successful answer whose body is read by the caller. */
  open(path: string): Promise<Response> {
    return told(this.#http.open('GET', path, { isFile: true }));
  }

  /** The answer as it is, whatever its status. */
  send(method: string, path: string): Promise<Response> {
    return told(this.#http.send(method, path));
  }
}

async function told<R>(work: Promise<R>): Promise<R> {
  try {
    return await work;
  } catch (error) {
    throw asCliError(error);
  }
}

/** What the client throws, as the commands tell it; anything else as it is. */
export function asCliError(error: unknown): unknown {
  if (error instanceof UnreachableError) {
    return new CliError(error.message, { hint: 'Start one with `trainyard start`, or name another with --url or TRAINYARD_URL.' });
  }
  if (!(error instanceof TrainyardError)) return error;
  const fields = error.fields
    .filter(({ message }) => !error.message.includes(message))
    .map(({ field, message }) => `\n  ${field === '' ? '' : `${field}: `}${message}`)
    .join('');
  const hint = error.status === 401 && error.hint === undefined ? tokenHint() : error.hint;
  return new CliError(`${error.message}${fields}`, { hint });
}

const tokenHint = (): string =>
  process.env['TRAINYARD_TOKEN'] ? 'TRAINYARD_TOKEN is set, but it is not the token of that server.' : 'Set TRAINYARD_TOKEN.';
