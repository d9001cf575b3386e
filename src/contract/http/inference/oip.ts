import { z } from 'zod';

/** Element types of the Open Inference Protocol, v2 (BF16 as Triton adds it), with what they are called in ONNX. */
export const OIP_TYPES = {
  BOOL: 'bool',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FP32: 'float32',
  FP64: 'float64',
  BYTES: 'string',
  FP16: 'float16',
  BF16: 'bfloat16',
} as const;

const parameters = z.record(z.string(), z.unknown()).nullish();

/** One tensor of a request. `data` may be flat or nested, row-major; a tensor of the binary extension has `parameters.binary_data_size` instead. */
export const InferInput = z.object({
  name: z.string(),
  shape: z.array(z.int().min(0)).max(32),
  datatype: z.string(),
  parameters,
  data: z.union([z.array(z.unknown()), z.string(), z.number(), z.boolean()]).optional(),
});
export type InferInput = z.infer<typeof InferInput>;

/** Body of POST /v2/models/{model}/infer. Absent or empty `outputs` mean all. */
export const InferBody = z.object({
  id: z.string().nullish(),
  parameters,
  inputs: z.array(InferInput).min(1),
  outputs: z.array(z.object({ name: z.string(), parameters })).nullish(),
});
export type InferBody = z.infer<typeof InferBody>;
