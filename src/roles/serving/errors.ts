import { catalogue, type ErrorSpec } from '#kernel/errors.ts';

/** Most wrong values that one answer lists: a large body could hold a million. */
export const MAX_ERRORS = 100;

/** One wrong value in words; rows are counted from 0, as `errors` counts them. */
function sentence({ field, message, row }: { field: string; message: string; row?: number }): string {
  const what = field === '' ? message : `${field}: ${message}`;
  return row === undefined ? what : `row ${row}, ${what}`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

export const { specs, fail } = catalogue({
  deploymentNotFound: {
    code: 'DEPLOYMENT_NOT_FOUND',
    status: 404,
    message: ({ name, known }) =>
      `There is no deployment '${name}'${known.length > 0 ? `: there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}` : ' yet'}.`,
    hint: 'PUT /api/v1/deployments/NAME makes one; `trainyard deploy` does it from the command line.',
  } satisfies ErrorSpec<{ name: string; known: readonly string[] }>,
  noDefault: {
    code: 'DEPLOYMENT_NO_DEFAULT',
    status: 404,
    message: () => 'There is no default deployment: nothing is deployed yet.',
    hint: 'Deploy a model, or start with --examples.',
  } satisfies ErrorSpec<Record<string, never>>,
  deploymentInvalid: {
    code: 'DEPLOYMENT_INVALID',
    status: 400,
    message: ({ reason }) => `The deployment cannot be made: ${reason}`,
  } satisfies ErrorSpec<{ reason: string }>,
  modelNotReady: {
    code: 'MODEL_NOT_READY',
    status: 503,
    message: ({ deployment, reason }) => `Deployment '${deployment}' has no loaded primary model: ${reason}`,
  } satisfies ErrorSpec<{ deployment: string; reason: string }>,
  modelUnservable: {
    code: 'MODEL_UNSERVABLE',
    status: 422,
    message: ({ model, reason }) => `${model} cannot be served: ${reason}`,
  } satisfies ErrorSpec<{ model: string; reason: string }>,
  modelNotFound: {
    code: 'MODEL_NOT_FOUND',
    status: 404,
    message: ({ name, version }) =>
      `Request for unknown model: '${name}'${version === undefined ? '' : ` version ${version}`} is not found`,
  } satisfies ErrorSpec<{ name: string; version?: string }>,
  rowsInvalid: {
    code: 'PREDICTION_INPUT_INVALID',
    status: 422,
    message: ({ errors }) =>
      errors.slice(0, 5).map(sentence).join('; ') +
      (errors.length >= MAX_ERRORS ? '; and many more' : errors.length > 5 ? `; and ${errors.length - 5} more` : ''),
    hint: 'GET /api/v1/deployments/NAME shows the schema.',
  } satisfies ErrorSpec<{ errors: readonly { field: string; message: string; row?: number }[] }>,
  tooManyRows: {
    code: 'PREDICTION_TOO_MANY_ROWS',
    status: 413,
    message: ({ rows, limit }) => `The request has ${rows} rows; at most ${limit} are scored at once.`,
    hint: 'Send several requests, or raise serving.max_rows_per_request.',
  } satisfies ErrorSpec<{ rows: number; limit: number }>,
  overloaded: {
    code: 'SERVING_OVERLOADED',
    status: 429,
    message: ({ limit }) => `More than ${limit} rows are waiting for this model; try again in a moment.`,
  } satisfies ErrorSpec<{ limit: number }>,
  overloadedBytes: {
    code: 'SERVING_OVERLOADED_BYTES',
    status: 429,
    message: ({ limit }) => `Requests of more than ${limit} bytes are waiting for this model; try again in a moment.`,
    hint: 'Send smaller requests, or raise serving.max_queue_bytes.',
  } satisfies ErrorSpec<{ limit: number }>,
  overloadedWait: {
    code: 'SERVING_OVERLOADED_WAIT',
    status: 429,
    message: ({ seconds }) => `Rows that are waiting for this model will take about ${seconds} s; try again then.`,
    hint: 'Send less, serve with more workers, or raise serving.max_queue_ms.',
  } satisfies ErrorSpec<{ seconds: string; retryAfterSeconds: number }>,
  pinned: {
    code: 'DEPLOYMENT_PINNED',
    status: 409,
    message: ({ deployment, model }) => `Deployment '${deployment}' serves the pinned version ${model}: there is no alias to move.`,
    hint: 'PUT the deployment with models:/NAME@ALIAS as its primary.',
  } satisfies ErrorSpec<{ deployment: string; model: string }>,
  nothingToPromote: {
    code: 'DEPLOYMENT_NOTHING_TO_PROMOTE',
    status: 409,
    message: ({ deployment, reason }) => `Nothing to promote in '${deployment}': ${reason}`,
  } satisfies ErrorSpec<{ deployment: string; reason: string }>,
  nothingToRollBack: {
    code: 'DEPLOYMENT_NOTHING_TO_ROLL_BACK',
    status: 409,
    message: ({ deployment }) => `The alias of '${deployment}' has not moved yet: there is no earlier version to go back to.`,
  } satisfies ErrorSpec<{ deployment: string }>,
  uploadRefused: {
    code: 'UPLOAD_REFUSED',
    status: 422,
    message: ({ reason }) => `The file cannot be served: ${reason}`,
    hint: 'Check the file with `python -m onnx.checker`; POST …/inspect shows what is found in it.',
  } satisfies ErrorSpec<{ reason: string }>,
  uploadBusy: {
    code: 'UPLOAD_BUSY',
    status: 429,
    message: ({ limit }) => `Files of more than ${limit} bytes together are being looked at; try again in a moment.`,
    hint: 'Send one file after the other, or raise serving.max_upload_bytes.',
  } satisfies ErrorSpec<{ limit: number }>,
  uploadChanges: {
    code: 'UPLOAD_CHANGES_INTERFACE',
    status: 409,
    message: ({ deployment, changes }) => `Callers of '${deployment}' would notice: ${changes.join(' ')}`,
    hint: 'Change the file, or send accept_changes=true.',
  } satisfies ErrorSpec<{ deployment: string; changes: readonly string[] }>,
  uploadNotDeployed: {
    code: 'UPLOAD_NOT_DEPLOYED',
    status: 409,
    message: ({ model, version, reason }) => `Version ${version} of ${model} is registered, but not deployed: ${reason}`,
    hint: 'What answered goes on. Promote the version when the reason is gone, or delete it.',
  } satisfies ErrorSpec<{ model: string; version: string; reason: string }>,
  uploadElsewhere: {
    code: 'UPLOAD_NEEDS_TRACKING',
    status: 501,
    message: () => 'This process knows nobody who keeps runs: name the peer `tracking`, or register the file there and deploy the version.',
    hint: 'peers.tracking, or trainyard register FILE --name MODEL --url URL',
  } satisfies ErrorSpec<Record<string, never>>,
  tensorInvalid: {
    code: 'TENSOR_INVALID',
    status: 400,
    message: ({ reason }) => reason,
  } satisfies ErrorSpec<{ reason: string }>,
  memoryExceeded: {
    code: 'MODEL_MEMORY_EXCEEDED',
    status: 507,
    message: ({ model, bytes, stays, limit }) =>
      `${model} takes about ${mebibytes(bytes)}; with the ${mebibytes(stays)} of models that stay this is more than serving.memory_bytes allows (${mebibytes(limit)}).`,
    hint: 'Delete a deployment or a shadow, deploy a smaller model, or raise serving.memory_bytes.',
  } satisfies ErrorSpec<{ model: string; bytes: number; stays: number; limit: number }>,
  runMemoryExceeded: {
    code: 'RUN_MEMORY_EXCEEDED',
    status: 503,
    message: ({ model, bytes, stays, limit }) =>
      `More rows at once than were ever tried of ${model} run in a process of its own, which takes about ${mebibytes(bytes)}; with the ${mebibytes(stays)} of models that stay this is more than serving.memory_bytes allows (${mebibytes(limit)}). Send fewer rows in a request.`,
    hint: 'Send fewer rows in a request, delete a deployment or a shadow, or raise serving.memory_bytes.',
  } satisfies ErrorSpec<{ model: string; bytes: number; stays: number; limit: number }>,
  cacheMissing: {
    code: 'MODEL_CACHE_MISSING',
    status: 404,
    message: ({ model, path }) => `The files that are kept of ${model} hold no ${path}.`,
  } satisfies ErrorSpec<{ model: string; path: string }>,
  cacheDamaged: {
    code: 'MODEL_CACHE_DAMAGED',
    status: 503,
    message: ({ model, path }) =>
      `${path} of ${model}, as it is kept on disk, is not what was kept; it is fetched again when the store answers.`,
  } satisfies ErrorSpec<{ model: string; path: string }>,
});
