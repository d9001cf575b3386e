import { catalogue, type ErrorSpec } from '#kernel/errors.ts';

export const { specs, fail } = catalogue({
  unservable: {
    code: 'PYTHON_MODEL_UNSERVABLE',
    status: 422,
    message: ({ label, reason }) => `${label} cannot be served by Python: ${reason}`,
    hint: 'serving.python.executable names the interpreter; `trainyard convert` makes an ONNX model that needs none.',
  } satisfies ErrorSpec<{ label: string; reason: string }>,
  down: {
    code: 'PYTHON_MODEL_DOWN',
    status: 503,
    message: ({ label, how }) => `The Python process of ${label} ended (${how}) and is started again; try again in a moment.`,
  } satisfies ErrorSpec<{ label: string; how: string }>,
  busy: {
    code: 'PYTHON_MODEL_BUSY',
    status: 429,
    message: ({ label, limit }) => `${limit} batches are waiting for the Python process of ${label}; try again in a moment.`,
  } satisfies ErrorSpec<{ label: string; limit: number }>,
  timeout: {
    code: 'PYTHON_MODEL_TIMEOUT',
    status: 504,
    message: ({ label, seconds }) => `${label} gave no answer within ${seconds} s; its Python process is started again.`,
    hint: 'serving.python.timeout_ms says how long a batch may take.',
  } satisfies ErrorSpec<{ label: string; seconds: number }>,
  inputRefused: {
    code: 'PYTHON_INPUT_REFUSED',
    status: 422,
    message: ({ label, reason }) => `${label} does not take this input: ${reason}`,
  } satisfies ErrorSpec<{ label: string; reason: string }>,
  failed: {
    code: 'PYTHON_MODEL_FAILED',
    status: 500,
    message: ({ label, reason }) => `${label} failed on this input: ${reason}`,
  } satisfies ErrorSpec<{ label: string; reason: string }>,
});
