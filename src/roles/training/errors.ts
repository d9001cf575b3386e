import { catalogue, type ErrorSpec } from '#kernel/errors.ts';

export const { specs, fail } = catalogue({
  dataRefused: {
    code: 'TRAINING_DATA_REFUSED',
    status: 422,
    message: ({ detail }) => detail,
  } satisfies ErrorSpec<{ detail: string }>,
  requestRefused: {
    code: 'TRAINING_REQUEST_REFUSED',
    status: 422,
    message: ({ detail }) => detail,
    hint: '`trainyard train --help` lists what a training takes; GET /api/v1/training/learners lists the learners and their parameters.',
  } satisfies ErrorSpec<{ detail: string }>,
  dataUnknown: {
    code: 'TRAINING_DATA_UNKNOWN',
    status: 404,
    message: ({ data }) =>
      `There is no data '${data}': send the file to POST /api/v1/datasets and use the answer's 'data', or 'example:NAME'.`,
  } satisfies ErrorSpec<{ data: string }>,
  dataUnreadable: {
    code: 'TRAINING_DATA_UNREADABLE',
    status: 422,
    message: ({ detail }) => detail,
    hint: 'CSV and TSV (with a header line, gzip allowed) and Parquet files can be read.',
  } satisfies ErrorSpec<{ detail: string }>,
  uploadTooLarge: {
    code: 'TRAINING_UPLOAD_TOO_LARGE',
    status: 413,
    message: ({ limit }) => `The file is larger than the limit of ${limit} bytes.`,
    hint: 'Raise training.max_upload_bytes.',
  } satisfies ErrorSpec<{ limit: number }>,
  uploadNoRoom: {
    code: 'TRAINING_UPLOAD_NO_ROOM',
    status: 507,
    message: () => 'The disk of the data folder is full, so the file was not kept: free space, then send it again.',
  } satisfies ErrorSpec<Record<string, never>>,
  uploadEmpty: {
    code: 'TRAINING_UPLOAD_EMPTY',
    status: 400,
    message: () => 'The body is empty: send the bytes of a CSV or Parquet file.',
  } satisfies ErrorSpec<Record<string, never>>,
  jobUnknown: {
    code: 'TRAINING_JOB_UNKNOWN',
    status: 404,
    message: ({ id }) => `There is no training job '${id}'.`,
    hint: 'GET /api/v1/training/jobs lists them.',
  } satisfies ErrorSpec<{ id: string }>,
  queueFull: {
    code: 'TRAINING_QUEUE_FULL',
    status: 429,
    message: ({ limit }) => `${limit} training jobs are waiting already; try again when one has ended.`,
    hint: 'Raise training.max_queued.',
  } satisfies ErrorSpec<{ limit: number }>,
  childEnded: {
    code: 'TRAINING_ENDED',
    status: 500,
    message: ({ reason }) => `The training process ended before it was done: ${reason}.`,
    hint: 'Where it ran out of memory, raise training.memory_mb or train on fewer rows.',
  } satisfies ErrorSpec<{ reason: string }>,
  deployFailed: {
    code: 'TRAINING_DEPLOY_FAILED',
    status: 500,
    message: ({ deployment, reason }) =>
      `The model was trained and registered, but deployment '${deployment}' could not load it: ${reason}`,
    hint: 'GET /api/v1/deployments shows the state of every variant.',
  } satisfies ErrorSpec<{ deployment: string; reason: string }>,
  exportDiffers: {
    code: 'TRAINING_EXPORT_DIFFERS',
    status: 500,
    message: ({ learner, metric, fitted, exported }) =>
      `The exported ${learner} model does not say what was fitted (${metric} ${exported} instead of ${fitted} on the test rows), so its version got no alias.`,
    hint: 'This is a fault of Trainyard: please report it with the data, if you can.',
  } satisfies ErrorSpec<{ learner: string; metric: string; fitted: number; exported: number }>,
  cancelled: {
    code: 'TRAINING_CANCELLED',
    status: 409,
    message: () => 'The training job was cancelled.',
  } satisfies ErrorSpec<Record<string, never>>,
});
