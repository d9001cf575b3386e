import { catalogue, type ErrorSpec } from '#kernel/errors.ts';

export const { specs, fail } = catalogue({
  deploymentNotFound: {
    code: 'MONITORING_DEPLOYMENT_NOT_FOUND',
    status: 404,
    message: ({ deployment, known }) => `There is no deployment '${deployment}'; there are: ${known}.`,
  } satisfies ErrorSpec<{ deployment: string; known: string }>,
  methodUnknown: {
    code: 'MONITORING_METHOD_UNKNOWN',
    status: 400,
    message: ({ method, known }) => `methods: '${method}' is not a drift method; use ${known}.`,
  } satisfies ErrorSpec<{ method: string; known: string }>,
  rangeInvalid: {
    code: 'MONITORING_RANGE_INVALID',
    status: 400,
    message: ({ from, to }) => `from (${from}) must be before to (${to}).`,
  } satisfies ErrorSpec<{ from: string; to: string }>,
  referenceInvalid: {
    code: 'MONITORING_REFERENCE_INVALID',
    status: 400,
    message: ({ detail }) => detail,
    hint: 'Send a CSV with a header of the feature names (content type text/csv), or JSON {"from": …, "to": …} {"run_id": …} or {"model": …, "version": …}.',
  } satisfies ErrorSpec<{ detail: string }>,
  referenceEmpty: {
    code: 'MONITORING_REFERENCE_EMPTY',
    status: 422,
    message: ({ detail }) => `The reference would hold no rows: ${detail}.`,
  } satisfies ErrorSpec<{ detail: string }>,
  profileMissing: {
    code: 'MONITORING_PROFILE_MISSING',
    status: 404,
    message: ({ model, version }) =>
      `Version ${version} of ${model} has no training profile: send a CSV or a range of accepted predictions instead.`,
  } satisfies ErrorSpec<{ model: string; version: string }>,
  runNotFound: {
    code: 'MONITORING_RUN_NOT_FOUND',
    status: 404,
    message: ({ runId, model }) => `No version of ${model} comes from run ${runId}.`,
    hint: 'Name the version itself: {"model": …, "version": …}.',
  } satisfies ErrorSpec<{ runId: string; model: string }>,
  uploadTooLarge: {
    code: 'MONITORING_UPLOAD_TOO_LARGE',
    status: 413,
    message: ({ limit }) => `The reference is larger than ${limit} bytes: send a sample of the rows.`,
  } satisfies ErrorSpec<{ limit: number }>,
});
