import { catalogue, type ErrorSpec } from '#kernel/errors.ts';

export const { specs, fail } = catalogue({
  modelInvalid: {
    code: 'MODEL_INVALID',
    status: 422,
    message: ({ reason }) => `This is not an ONNX model that can be served: ${reason}`,
    hint: 'Check the file with `python -m onnx.checker`; export without ZipMap and with tensor outputs.',
  } satisfies ErrorSpec<{ reason: string }>,
  inferenceTimeout: {
    code: 'INFERENCE_TIMEOUT',
    status: 504,
    message: ({ seconds }) => `The model gave no answer within ${seconds} s.`,
  } satisfies ErrorSpec<{ seconds: number }>,
  inputRefused: {
    code: 'INFERENCE_INPUT_REFUSED',
    status: 422,
    message: ({ reason }) => `The model does not take this input: ${reason}`,
    hint: 'The model was trained to refuse values that it has never seen; in scikit-learn OneHotEncoder(handle_unknown="ignore") takes them.',
  } satisfies ErrorSpec<{ reason: string }>,
  inferenceFailed: {
    code: 'INFERENCE_FAILED',
    status: 500,
    message: ({ reason }) => `The model failed on this input: ${reason}`,
  } satisfies ErrorSpec<{ reason: string }>,
});
