import { z } from 'zod';

/** Element types of the Open Inference Protocol, v2, with what they are called in ONNX. */
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
} as const;

/** One tensor of a request in JSON. `data` may be flat or nested, row-major. */
export const InferInput = z.object({
  name: z.string(),
  shape: z.array(z.int().min(0)),
  datatype: z.string(),
  parameters: z.record(z.string(), z.unknown()).optional(),
  data: z.array(z.unknown()),
});
export type InferInput = z.infer<typeof InferInput>;

/** POST /v2/models/{model}/infer */
export const InferRequest = z.object({
  model: z.string(),
  version: z.string().optional(),
  id: z.string().optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
  inputs: z.array(InferInput).min(1),
  outputs: z.array(z.object({ name: z.string(), parameters: z.record(z.string(), z.unknown()).optional() })).optional(),
});
export type InferRequest = z.infer<typeof InferRequest>;
