/** What a failed call said of itself: RFC 9457 problem JSON, MLflow's JSON, or nothing readable. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;
  readonly requestId: string | undefined;
  /** Per field, when an input was refused. */
  readonly fields: readonly { readonly field: string; readonly message: string }[];

  constructor(status: number, body: Record<string, unknown>) {
    const text = (key: string) => (typeof body[key] === 'string' ? body[key] : undefined);
    super(text('detail') ?? listed(body.detail) ?? text('message') ?? text('error') ?? text('title') ?? `The server answered ${status}.`);
    this.name = 'ApiError';
    this.status = status;
    this.code = text('code') ?? text('error_code') ?? `HTTP_${status}`;
    this.hint = text('hint');
    this.requestId = text('request_id');
    this.fields = Array.isArray(body.errors) ? (body.errors as { field: string; message: string }[]) : [];
  }
}

/** FastAPI's list of what is wrong, as reference systems answer. */
function listed(detail: unknown): string | undefined {
  if (!Array.isArray(detail) || detail.length === 0) return undefined;
  return (detail as { loc?: readonly unknown[]; msg?: string }[])
    .map(({ loc = [], msg = '' }) => `${loc.slice(1).join('.')}: ${msg}`)
    .join('; ');
}

/** The server could not be reached at all. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super('The server does not answer.', { cause });
    this.name = 'Unreachable';
  }
}

export type Query = Readonly<Record<string, string | number | undefined>>;

function withQuery(path: string, query: Query | undefined): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== '') search.set(key, String(value));
  }
  return search.size > 0 ? `${path}?${search}` : path;
}

async function call<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: { accept: 'application/json', ...init.headers } });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Unreachable(error);
  }
  const text = await response.text();
  const body = parse(text);
  if (!response.ok) throw new ApiError(response.status, typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {});
  return body as T;
}

function parse(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return null;
  }
}

/** @throws ApiError, Unreachable */
export function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return call<T>(withQuery(path, query), signal ? { signal } : {});
}

const withBody = (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', body: unknown): RequestInit => ({
  method,
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});

/** @throws ApiError, Unreachable */
export function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return call<T>(path, signal ? { ...withBody('POST', body), signal } : withBody('POST', body));
}

/** Sends a file as it is. @throws ApiError, Unreachable */
export function sendFile<T>(path: string, { file, query }: { file: File; query?: Query }, signal?: AbortSignal): Promise<T> {
  const headers = { 'content-type': 'application/octet-stream' };
  return call<T>(withQuery(path, query), { method: 'POST', body: file, headers, ...(signal ? { signal } : {}) });
}

/** @throws ApiError, Unreachable */
export function send<T>(method: 'PUT' | 'PATCH' | 'DELETE', path: string, body: unknown): Promise<T> {
  return call<T>(path, withBody(method, body));
}
