import type { ServerResponse } from 'node:http';
import { KnownError } from '#kernel/errors.ts';
import type { Style } from './route.ts';

/** A failure ready to be sent. */
export interface Failure {
  readonly status: number;
  readonly type: string;
  readonly body: Record<string, unknown>;
  readonly headers: Readonly<Record<string, string>>;
}

/** MLflow's error_code for a status where the catalogue names none (MLflow protos/databricks.proto, as its client maps them). */
const MLFLOW_CODES: Readonly<Record<number, string>> = {
  400: 'INVALID_PARAMETER_VALUE',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'RESOURCE_DOES_NOT_EXIST',
  409: 'RESOURCE_CONFLICT',
  413: 'INVALID_PARAMETER_VALUE',
  415: 'INVALID_PARAMETER_VALUE',
  422: 'INVALID_PARAMETER_VALUE',
  429: 'REQUEST_LIMIT_EXCEEDED',
  501: 'NOT_IMPLEMENTED',
  503: 'TEMPORARILY_UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** The one place where a thrown value becomes an answer. Unknown errors say nothing of their inside. */
export function failureOf(error: unknown, style: Style, requestId: string): Failure {
  const known = error instanceof KnownError ? error : undefined;
  const status = known?.spec.status ?? 500;
  const message = known?.message ?? `Internal error; the log has the reason under request ${requestId}.`;
  const headers: Record<string, string> = {};
  if (status === 503 || status === 429) headers['retry-after'] = String(known?.params['retryAfterSeconds'] ?? 1);
  if (status === 405 && known) headers['allow'] = String(known.params['allow']);
  if (status === 401) headers['www-authenticate'] = 'Basic realm="trainyard", Bearer';
  if (style === 'mlflow') {
    const error_code = known?.spec.mlflow ?? MLFLOW_CODES[status] ?? 'INTERNAL_ERROR';
    return { status, type: 'application/json', body: { error_code, message }, headers };
  }
  const code = known?.spec.code ?? 'INTERNAL';
  if (style === 'oip') return { status, type: 'application/json', body: { error: message, code, request_id: requestId }, headers };
  const errors = known?.params['errors'];
  const body = {
    type: `/docs/errors#${code}`,
    title: TITLES[status] ?? 'Error',
    status,
    code,
    detail: message,
    ...(known?.spec.hint === undefined ? {} : { hint: known.spec.hint }),
    ...(Array.isArray(errors) ? { errors } : {}),
    request_id: requestId,
  };
  return { status, type: 'application/problem+json', body, headers };
}

/** Sends a failure on a raw response, for handlers that bypass the framework. */
export function sendFailure(res: ServerResponse, error: unknown, { style, requestId }: { style: Style; requestId: string }): void {
  const failure = failureOf(error, style, requestId);
  const body = JSON.stringify(failure.body);
  res.writeHead(failure.status, {
    ...failure.headers,
    'content-type': failure.type,
    'content-length': Buffer.byteLength(body),
    'x-request-id': requestId,
  });
  res.end(body);
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Authentication needed',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Input does not fit',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Unavailable',
  504: 'Timed out',
  507: 'Out of space',
};
