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
  inferenceFailed: {
    code: 'INFERENCE_FAILED',
    status: 500,
    message: ({ reason }) => `The model failed on this input: ${reason}`,
  } satisfies ErrorSpec<{ reason: string }>,
});
