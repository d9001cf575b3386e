import { type InferInput, OIP_TYPES } from '#contract/http/inference/oip.ts';
import type { Tensor, TensorData, TensorInfo, TensorType } from '#ports/inference.ts';
import { fail } from '../errors.ts';
import { show } from './validator.ts';

const NAMES = new Map<TensorType, string>(Object.entries(OIP_TYPES).map(([oip, type]) => [type, oip]));

/** The protocol's name of an element type. */
export function oipType(type: TensorType): string {
  return NAMES.get(type) ?? 'FP32';
}

/** Reads a request's tensors. @throws TENSOR_INVALID naming the input and what is wrong */
export function readTensors(inputs: readonly InferInput[], expected: readonly TensorInfo[]): Record<string, Tensor> {
  const refuse = (reason: string): never => {
    throw fail.tensorInvalid({ reason });
  };
  const feeds: Record<string, Tensor> = {};
  for (const input of inputs) {
    const info = expected.find((e) => e.name === input.name);
    if (!info)
      return refuse(`unexpected inference input '${input.name}' for model; its inputs are ${expected.map((e) => e.name).join(', ')}`);
    if (Object.hasOwn(feeds, input.name)) refuse(`input '${input.name}' is given twice`);
    if (oipType(info.type) !== input.datatype)
      refuse(`inference input '${input.name}' data-type is '${input.datatype}', but the model expects '${oipType(info.type)}'`);
    if (!shapeFits(input.shape, info.shape))
      refuse(`unexpected shape for input '${input.name}': expected [${info.shape.join(',')}], got [${input.shape.join(',')}]`);
    feeds[input.name] = { type: info.type, dims: input.shape, data: readData(input, info.type) };
  }
  const missing = expected.filter((e) => !Object.hasOwn(feeds, e.name)).map((e) => e.name);
  if (missing.length > 0) refuse(`expected ${expected.length} inputs but got ${inputs.length}; missing: ${missing.join(', ')}`);
  return feeds;
}

function shapeFits(shape: readonly number[], expected: readonly number[]): boolean {
  return shape.length === expected.length && expected.every((dim, i) => dim === -1 || dim === shape[i]);
}

function readData({ name, shape, data }: InferInput, type: TensorType): TensorData {
  const flat = data.some(Array.isArray) ? (data.flat(Number.POSITIVE_INFINITY) as unknown[]) : data;
  const size = shape.reduce((a, b) => a * b, 1);
  if (flat.length !== size)
    throw fail.tensorInvalid({ reason: `input '${name}' has ${flat.length} elements, but its shape [${shape.join(',')}] holds ${size}` });
  const at = (i: number, wanted: string): never => {
    throw fail.tensorInvalid({ reason: `input '${name}' element ${i} must be ${wanted}, not ${show(flat[i])}` });
  };
  if (type === 'string') return flat.map((v, i) => (typeof v === 'string' ? v : at(i, 'text')));
  if (type === 'bool')
    return Uint8Array.from(flat, (v, i) => (typeof v === 'boolean' ? Number(v) : v === 0 || v === 1 ? v : at(i, 'true or false')));
  if (type === 'float16' || type === 'bfloat16') throw fail.tensorInvalid({ reason: `input '${name}': 16-bit floats have no JSON form` });
  if (type === 'float32' || type === 'float64') {
    const values = type === 'float32' ? new Float32Array(size) : new Float64Array(size);
    for (let i = 0; i < size; i++)
      values[i] = flat[i] === null ? Number.NaN : typeof flat[i] === 'number' ? (flat[i] as number) : at(i, 'a number');
    return values;
  }
  return readIntegers(flat, type, at);
}

const INTEGERS = {
  int8: [Int8Array, -128, 127],
  int16: [Int16Array, -32768, 32767],
  int32: [Int32Array, -2147483648, 2147483647],
  uint8: [Uint8Array, 0, 255],
  uint16: [Uint16Array, 0, 65535],
  uint32: [Uint32Array, 0, 4294967295],
} as const;

function readIntegers(flat: readonly unknown[], type: TensorType, at: (i: number, wanted: string) => never): TensorData {
  if (type === 'int64' || type === 'uint64') {
    const values = type === 'int64' ? new BigInt64Array(flat.length) : new BigUint64Array(flat.length);
    flat.forEach((v, i) => {
      if (!Number.isInteger(v) || (type === 'uint64' && (v as number) < 0)) at(i, 'a whole number');
      values[i] = BigInt(v as number);
    });
    return values;
  }
  const [Values, min, max] = INTEGERS[type as keyof typeof INTEGERS];
  const values = new Values(flat.length);
  flat.forEach((v, i) => {
    if (!Number.isInteger(v) || (v as number) < min || (v as number) > max) at(i, `a whole number from ${min} to ${max}`);
    values[i] = v as number;
  });
  return values;
}

/** A tensor of an answer; rows `offset` to `offset + rows` of the batch that it ran in. NaN and infinities become null. */
export function writeTensor(
  name: string,
  tensor: Tensor,
  slice: { readonly offset: number; readonly rows: number } | undefined,
): Record<string, unknown> {
  const size = tensor.dims.slice(1).reduce((a, b) => a * b, 1);
  const shape = slice ? [slice.rows, ...tensor.dims.slice(1)] : [...tensor.dims];
  const from = slice ? slice.offset * size : 0;
  const to = slice ? from + slice.rows * size : tensor.data.length;
  const data: unknown[] = [];
  for (let i = from; i < to; i++) data.push(plain(tensor.data[i], tensor.type));
  return { name, datatype: oipType(tensor.type), shape, data };
}

function plain(value: unknown, type: TensorType): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return null;
  return type === 'bool' ? value === 1 : value;
}
