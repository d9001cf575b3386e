import type { Message } from '#http/grpc/protobuf.ts';
import { ELEMENT_ARRAYS, sizeOf, type Tensor, type TensorData, type TensorInfo, type TensorType } from '#ports/inference.ts';
import { fail } from '../errors.ts';
import { fromBytes, toBytes } from '../oip/binary-data.ts';
import { checkInputs, checkOutputs, type DeclaredInput, type InferCall, refuseSharedMemory, type WantedOutput } from '../oip/call.ts';
import { oipType } from '../oip/datatypes.ts';
import type { InferResult } from '../oip/infer.ts';
import type { ModelTensors } from '../oip/rest-request.ts';

type Parameters = Readonly<Record<string, Message>>;

/** A decoded ModelInferRequest. */
export interface InferMessage {
  readonly model_name?: string;
  readonly model_version?: string;
  readonly id?: string;
  readonly parameters: Parameters;
  readonly inputs: readonly InputMessage[];
  readonly outputs: readonly { readonly name?: string; readonly parameters: Parameters }[];
  readonly raw_input_contents: readonly Uint8Array[];
}

interface InputMessage {
  readonly name?: string;
  readonly datatype?: string;
  readonly shape: readonly number[];
  readonly contents?: Readonly<Record<string, readonly unknown[]>>;
  readonly parameters?: Parameters;
}

/** Whether the request's tensors came as raw bytes; the answer then does so too. */
export function isRaw(message: InferMessage): boolean {
  return message.raw_input_contents.length > 0 || message.inputs.every((i) => !i.contents);
}

/** Reads ModelInferRequest. @throws TENSOR_INVALID */
export function readInferMessage(message: InferMessage, model: ModelTensors): InferCall {
  const { inputs, raw_input_contents: raw } = message;
  const declared = inputs.map(({ name = '', datatype = '', shape }): DeclaredInput => ({ name, datatype, shape }));
  const negative = declared.find((d) => d.shape.some((n) => n < 0));
  if (negative) throw fail.tensorInvalid({ reason: `the shape of input '${negative.name}' has a negative dimension` });
  refuseSharedMemory('input', inputs);
  refuseSharedMemory('output', message.outputs);
  const infos = checkInputs(declared, model.inputs, model.name);
  if (raw.length > 0 && raw.length !== inputs.length)
    throw fail.tensorInvalid({ reason: `expected raw_input_contents for all ${inputs.length} inputs or for none, got ${raw.length}` });
  const feeds: Record<string, Tensor> = {};
  declared.forEach(({ name, shape }, i) => {
    const { type } = infos[i] as TensorInfo;
    const { contents } = inputs[i] as InputMessage;
    if (raw.length > 0 && contents)
      throw fail.tensorInvalid({
        reason: `contents field must not be specified when using raw_input_contents for '${name}' for model '${model.name}'`,
      });
    const size = sizeOf(shape);
    const data =
      raw.length > 0 ? fromBytes(raw[i] as Uint8Array, type, { name, size }) : fromContents(contents ?? {}, type, { name, size });
    feeds[name] = { type, dims: shape, data };
  });
  const timeout = numberOf(message.parameters['timeout']);
  return {
    id: message.id === '' ? undefined : message.id,
    feeds,
    outputs: wantedOutputs(message, model),
    timeoutMs: timeout === undefined || timeout <= 0 ? undefined : timeout / 1000,
  };
}

/** Field of InferTensorContents by element type, as the protocol assigns them. */
const CONTENTS: Readonly<Record<Exclude<TensorType, 'float16' | 'bfloat16'>, string>> = {
  bool: 'bool_contents',
  int8: 'int_contents',
  int16: 'int_contents',
  int32: 'int_contents',
  int64: 'int64_contents',
  uint8: 'uint_contents',
  uint16: 'uint_contents',
  uint32: 'uint_contents',
  uint64: 'uint64_contents',
  float32: 'fp32_contents',
  float64: 'fp64_contents',
  string: 'bytes_contents',
};

function fromContents(
  contents: Readonly<Record<string, readonly unknown[]>>,
  type: TensorType,
  { name, size }: { name: string; size: number },
): TensorData {
  if (type === 'float16' || type === 'bfloat16')
    throw fail.tensorInvalid({ reason: `inference input '${name}': 16-bit floats travel in raw_input_contents only` });
  const wanted = CONTENTS[type];
  const values = contents[wanted] ?? [];
  const stray = Object.entries(contents).find(([field, list]) => field !== wanted && list.length > 0);
  if (stray)
    throw fail.tensorInvalid({ reason: `unexpected ${stray[0]} for inference input '${name}' of type ${oipType(type)}: use ${wanted}` });
  if (values.length !== size)
    throw fail.tensorInvalid({ reason: `unexpected number of elements ${values.length} for inference input '${name}', expecting ${size}` });
  if (type === 'string') {
    try {
      return (values as readonly Uint8Array[]).map((bytes) => TEXT.decode(bytes));
    } catch (error) {
      throw fail.tensorInvalid({ reason: `an element of inference input '${name}' is not UTF-8 text` }, error);
    }
  }
  const array = new ELEMENT_ARRAYS[type](size) as { [index: number]: unknown };
  for (let i = 0; i < size; i++) {
    array[i] = type === 'bool' ? Number(values[i]) : values[i];
    if (type !== 'bool' && !type.startsWith('float') && array[i] !== values[i])
      throw fail.tensorInvalid({
        reason: `inference input '${name}' element ${i} is ${String(values[i])}, which ${oipType(type)} cannot hold`,
      });
  }
  return array as unknown as TensorData;
}

const TEXT = new TextDecoder('utf-8', { fatal: true });

function wantedOutputs({ outputs }: InferMessage, model: ModelTensors): readonly WantedOutput[] {
  if (outputs.length === 0) return model.outputs.map(({ name }) => ({ name, binary: true, classes: 0 }));
  const wanted = outputs.map(({ name = '', parameters }) => {
    const classes = numberOf(parameters['classification']) ?? 0;
    if (!Number.isInteger(classes) || classes < 0)
      throw fail.tensorInvalid({ reason: `parameter 'classification' of output '${name}' must be a whole number above 0` });
    return { name, binary: true, classes };
  });
  return checkOutputs(wanted, model.outputs, model.name);
}

function numberOf(parameter: Message | undefined): number | undefined {
  const value = parameter?.['int64_param'] ?? parameter?.['uint64_param'] ?? parameter?.['double_param'];
  return typeof value === 'number' ? value : undefined;
}

/** Whether the caller of a stream asks to be told which answer to a request is the last one (Triton's decoupled protocol). Here it is the only one. */
export function asksForFinal({ parameters }: InferMessage): boolean {
  return parameters['triton_enable_empty_final_response']?.['bool_param'] === true;
}

/** ModelInferResponse: raw contents, or typed ones where the request had those and the types allow it. */
export function writeInferMessage({ modelName, modelVersion, id, outputs }: InferResult, raw: boolean): Message {
  const isTyped = !raw && outputs.every(({ tensor }) => tensor.type !== 'float16' && tensor.type !== 'bfloat16');
  return {
    model_name: modelName,
    model_version: modelVersion,
    id,
    outputs: outputs.map(({ name, tensor }) => ({
      name,
      datatype: oipType(tensor.type),
      shape: tensor.dims,
      ...(isTyped ? { contents: toContents(tensor) } : {}),
    })),
    ...(isTyped ? {} : { raw_output_contents: outputs.map(({ tensor }) => toBytes(tensor)) }),
  };
}

function toContents({ type, data }: Tensor): Message {
  const field = CONTENTS[type as keyof typeof CONTENTS];
  return { [field]: type === 'string' ? (data as readonly string[]).map((text) => Buffer.from(text)) : data };
}
