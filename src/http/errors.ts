import { catalogue, type ErrorSpec } from '#kernel/errors.ts';

export const { specs, fail } = catalogue({
  inputInvalid: {
    code: 'INPUT_INVALID',
    status: 400,
    mlflow: 'INVALID_PARAMETER_VALUE',
    message: ({ detail }) => detail,
  } satisfies ErrorSpec<{ detail: string; errors?: readonly { field: string; message: string }[] }>,
  bodyNotJson: {
    code: 'BODY_NOT_JSON',
    status: 400,
    mlflow: 'BAD_REQUEST',
    message: ({ reason }) => `The body is not valid JSON: ${reason}`,
    hint: 'JSON has no NaN and no Infinity: send null for a missing value.',
  } satisfies ErrorSpec<{ reason: string }>,
  bodyTooDeep: {
    code: 'BODY_TOO_DEEP',
    status: 400,
    mlflow: 'INVALID_PARAMETER_VALUE',
    message: ({ limit }) => `The body nests lists and objects more than ${limit} levels deep.`,
  } satisfies ErrorSpec<{ limit: number }>,
  bodyTooLarge: {
    code: 'BODY_TOO_LARGE',
    status: 413,
    mlflow: 'INVALID_PARAMETER_VALUE',
    message: ({ limit }) => `The body is larger than the limit of ${limit} bytes.`,
    hint: 'Send fewer rows per request, or raise http.max_body_bytes (serving.max_body_bytes for predictions).',
  } satisfies ErrorSpec<{ limit: number }>,
  inflightExceeded: {
    code: 'INFLIGHT_BYTES_EXCEEDED',
    status: 429,
    mlflow: 'REQUEST_LIMIT_EXCEEDED',
    message: ({ limit }) =>
      `Requests that are being read and answered at this moment hold all the memory that http.max_inflight_bytes allows (${limit} bytes). Send it again a little later.`,
    hint: 'Send fewer or smaller requests at once, or raise http.max_inflight_bytes.',
  } satisfies ErrorSpec<{ limit: number }>,
  contentTypeUnsupported: {
    code: 'CONTENT_TYPE_UNSUPPORTED',
    status: 415,
    mlflow: 'INVALID_PARAMETER_VALUE',
    message: ({ type, allowed }) => `Content-Type '${type}' is not supported here: use ${allowed}.`,
  } satisfies ErrorSpec<{ type: string; allowed: string }>,
  requestInvalid: {
    code: 'REQUEST_INVALID',
    status: 400,
    mlflow: 'BAD_REQUEST',
    message: ({ reason }) => `The request cannot be read: ${reason}`,
  } satisfies ErrorSpec<{ reason: string }>,
  notFound: {
    code: 'ENDPOINT_NOT_FOUND',
    status: 404,
    mlflow: 'ENDPOINT_NOT_FOUND',
    message: ({ method, path }) => `There is no ${method} ${path}.`,
    hint: '/docs lists every endpoint.',
  } satisfies ErrorSpec<{ method: string; path: string }>,
  methodNotAllowed: {
    code: 'METHOD_NOT_ALLOWED',
    status: 405,
    // MLflow's clients try another endpoint on this code, and give up on others.
    mlflow: 'ENDPOINT_NOT_FOUND',
    message: ({ method, path, allow }) => `There is no ${method} ${path}: this path takes ${allow}.`,
    hint: '/docs lists every endpoint.',
  } satisfies ErrorSpec<{ method: string; path: string; allow: string }>,
  hostRefused: {
    code: 'HOST_REFUSED',
    status: 403,
    message: ({ host }) => `Host '${host}' is not one that this server answers to.`,
    hint: 'Add it to http.allowed_hosts.',
  } satisfies ErrorSpec<{ host: string }>,
  originRefused: {
    code: 'ORIGIN_REFUSED',
    status: 403,
    message: ({ origin }) => `A page of '${origin}' may not call this server.`,
    hint: 'Add the origin to http.cors_origins.',
  } satisfies ErrorSpec<{ origin: string }>,
  tokenRequired: {
    code: 'TOKEN_REQUIRED',
    status: 401,
    mlflow: 'UNAUTHENTICATED',
    message: () => 'This server needs a token: send it as `Authorization: Bearer TOKEN` or as the password of Basic authentication.',
  } satisfies ErrorSpec<Record<string, never>>,
  stopping: {
    code: 'SERVER_STOPPING',
    status: 503,
    mlflow: 'TEMPORARILY_UNAVAILABLE',
    message: () => 'The server is stopping; try again in a moment.',
  } satisfies ErrorSpec<Record<string, never>>,
});
