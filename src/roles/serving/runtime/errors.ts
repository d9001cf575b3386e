import { catalogue, type ErrorSpec } from '#kernel/errors.ts';

export const { specs, fail } = catalogue({
  timedOut: {
    code: 'PREDICTION_TIMEOUT',
    status: 504,
    message: ({ waitedMs }) =>
      `The request waited ${Math.round(waitedMs)} ms for its turn, longer than its timeout allows; it was not run.`,
    hint: "Raise serving.timeout_ms or the request's own timeout, or send less at once.",
  } satisfies ErrorSpec<{ waitedMs: number }>,
  callerGone: {
    code: 'CALLER_GONE',
    status: 499,
    message: () => 'The caller closed the connection before its rows were run.',
  } satisfies ErrorSpec<Record<string, never>>,
  keyReused: {
    code: 'IDEMPOTENCY_KEY_REUSED',
    status: 422,
    message: () => 'This Idempotency-Key was used with another request: a key belongs to one path and one body.',
    hint: 'Make a new key for every new request; repeat a key only to repeat a request.',
  } satisfies ErrorSpec<Record<string, never>>,
  keyInvalid: {
    code: 'IDEMPOTENCY_KEY_INVALID',
    status: 400,
    message: () => 'Idempotency-Key must be 1 to 255 printable characters.',
  } satisfies ErrorSpec<Record<string, never>>,
  variantUnknown: {
    code: 'VARIANT_UNKNOWN',
    status: 404,
    message: ({ deployment, variant, known }) =>
      `Deployment '${deployment}' has no variant '${variant}' that answers: there is ${known.join(', ')}.`,
  } satisfies ErrorSpec<{ deployment: string; variant: string; known: readonly string[] }>,
  timeoutInvalid: {
    code: 'TIMEOUT_INVALID',
    status: 400,
    message: ({ value }) => `X-Trainyard-Timeout-Ms must be a number of milliseconds above 0, not '${value}'.`,
  } satisfies ErrorSpec<{ value: string }>,
});
