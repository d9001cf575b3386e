import { type InferBody, InferBody as InferBodySchema, type InferInput } from '#contract/http/inference/oip.ts';
import { parseJson } from '#http/body.ts';
import { platformInputError } from '#http/input.ts';
import { ELEMENT_ARRAYS, sizeOf, type Tensor, type TensorInfo } from '#ports/inference.ts';
import { fail } from '../errors.ts';
import { fromBytes } from './binary-data.ts';
import { checkInputs, checkOutputs, type InferCall, refuseSharedMemory, type WantedOutput } from './call.ts';
import { fromJson } from './json-data.ts';

/** What a request is read against. */
export interface ModelTensors {
  readonly name: string;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

type Parameters = Readonly<Record<string, unknown>>;

/**
 * Reads the body of POST …/infer: JSON, or with `Inference-Header-Content-Length` JSON followed by raw tensors (binary tensor extension), or with 0 there
 * the raw bytes of the only input.
 * @throws TENSOR_INVALID, BODY_NOT_JSON, INPUT_INVALID
 */
export function readInferRequest(body: Buffer, headerLength: string | undefined, model: ModelTensors): InferCall {
  const length = headerLength === undefined ? undefined : readLength(headerLength, body.length);
  if (length === 0) return rawCall(body, model);
  const json = length === undefined ? body : body.subarray(0, length);
  const request = parse(json, model);
  const raw = new RawPart(length === undefined ? body.subarray(body.length) : body.subarray(length));
  const infos = checkInputs(request.inputs, model.inputs, model.name);
  refuseSharedMemory('input', request.inputs);
  refuseSharedMemory('output', request.outputs ?? []);
  const feeds: Record<string, Tensor> = {};
  request.inputs.forEach((input, i) => {
    const { type } = infos[i] as TensorInfo;
    feeds[input.name] = { type, dims: input.shape, data: dataOf(input, type, raw) };
  });
  raw.finish();
  const timeout = numberOf(request.parameters?.['timeout']);
  return {
    id: request.id ?? undefined,
    feeds,
    outputs: wantedOutputs(request, model),
    timeoutMs: timeout === undefined || timeout <= 0 ? undefined : timeout / 1000,
  };
}

function readLength(text: string, available: number): number {
  const length = /^\d{1,15}$/u.test(text) ? Number(text) : Number.NaN;
  if (!(length <= available))
    throw fail.tensorInvalid({
      reason: `unable to parse Inference-Header-Content-Length '${text}': it must be the length of the JSON part, at most the body's ${available} bytes`,
    });
  return length;
}

const LONG_NUMBER = /\d{16}/u;

function parse(json: Buffer, { inputs }: ModelTensors): InferBody {
  const isWide = inputs.some((i) => i.type === 'int64' || i.type === 'uint64');
  const text = isWide ? json.toString('latin1') : '';
  const body = LONG_NUMBER.test(text) ? parseExactly(json) : parseJson(json);
  const parsed = InferBodySchema.safeParse(body, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw platformInputError(parsed.error.issues);
}

/** Whole numbers that a double cannot hold keep their digits, as BigInt. */
function parseExactly(json: Buffer): unknown {
  // The first pass gives the error for what is no JSON.
  parseJson(json);
  const exact = (_key: string, value: unknown, context: { source?: string }): unknown =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d{1,20}$/u.test(context.source ?? '')
      ? BigInt(context.source as string)
      : value;
  return JSON.parse(json.toString('utf8'), exact as (key: string, value: unknown) => unknown);
}

/** The bytes after the JSON part, handed out in the order of the tensors. */
class RawPart {
  readonly #bytes: Buffer;
  #at = 0;
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  take(size: number, name: string): Uint8Array {
    const from = this.#at;
    this.#at += size;
    if (this.#at > this.#bytes.length)
      throw fail.tensorInvalid({
        reason: `unexpected size ${this.#bytes.length - from} for input '${name}', expecting binary_data_size ${size}: the body ends too early`,
      });
    return this.#bytes.subarray(from, this.#at);
  }

  finish(): void {
    const rest = this.#bytes.length - this.#at;
    if (rest > 0) throw fail.tensorInvalid({ reason: `unexpected additional input data: ${rest} bytes after the last tensor` });
  }
}

function dataOf(input: InferInput, type: TensorInfo['type'], raw: RawPart) {
  const { name, shape, data } = input;
  const binary = input.parameters?.['binary_data_size'];
  const size = sizeOf(shape);
  if (binary === undefined || binary === null) {
    if (data === undefined) throw fail.tensorInvalid({ reason: `input '${name}' has neither 'data' nor parameter 'binary_data_size'` });
    return fromJson(data, type, { name, size, shape });
  }
  if (data !== undefined)
    throw fail.tensorInvalid({ reason: `must not specify 'data' when 'binary_data_size' is given for input '${name}'` });
  if (!Number.isInteger(binary) || (binary as number) < 0)
    throw fail.tensorInvalid({ reason: `binary_data_size of input '${name}' must be a whole number, not ${show(binary)}` });
  return fromBytes(raw.take(binary as number, name), type, { name, size });
}

function wantedOutputs({ outputs, parameters }: InferBody, model: ModelTensors): readonly WantedOutput[] {
  const allBinary = parameters?.['binary_data_output'] === true;
  if (!outputs || outputs.length === 0) return model.outputs.map(({ name }) => ({ name, binary: allBinary, classes: 0 }));
  const wanted = outputs.map(({ name, parameters: own }): WantedOutput => {
    const binary = own?.['binary_data'];
    return { name, binary: typeof binary === 'boolean' ? binary : allBinary, classes: classesOf(own ?? {}, name) };
  });
  return checkOutputs(wanted, model.outputs, model.name);
}

function classesOf(parameters: Parameters, output: string): number {
  const n = parameters['classification'];
  if (n === undefined || n === null) return 0;
  if (Number.isInteger(n) && (n as number) > 0) return n as number;
  throw fail.tensorInvalid({ reason: `parameter 'classification' of output '${output}' must be a whole number above 0, not ${show(n)}` });
}

function show(value: unknown): string {
  return typeof value === 'object' ? 'an object' : String(value).slice(0, 60);
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A body without JSON: the only input's bytes, one row; its variable dimension follows from their number. */
function rawCall(body: Buffer, model: ModelTensors): InferCall {
  const [input, ...others] = model.inputs;
  if (!input || others.length > 0)
    throw fail.tensorInvalid({
      reason: `Raw request must only have 1 input (found ${model.inputs.length}) to be deduced but model '${model.name}' has more`,
    });
  const shape = rawShape(input, body.length);
  const bytes = input.type === 'string' ? Buffer.concat([lengthOf(body), body]) : body;
  const data = fromBytes(bytes, input.type, { name: input.name, size: sizeOf(shape) });
  const outputs = model.outputs.map(({ name }) => ({ name, binary: true, classes: 0 }));
  return { id: undefined, feeds: { [input.name]: { type: input.type, dims: shape, data } }, outputs, timeoutMs: undefined };
}

function lengthOf(body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return length;
}

function rawShape({ name, type, shape }: TensorInfo, bytes: number): number[] {
  const variable = shape.filter((d) => d === -1).length;
  // The first dimension of a batched model is the batch, and a raw request is one row.
  const batched = shape[0] === -1 && (variable > 1 || type === 'string' || shape.length > 1);
  const fixed = batched ? [1, ...shape.slice(1)] : [...shape];
  const open = fixed.filter((d) => d === -1).length;
  const known = sizeOf(fixed.filter((d) => d !== -1));
  if (open > 1 || (type === 'string' && open === 0 && known !== 1))
    throw fail.tensorInvalid({
      reason: `The shape of Raw input '${name}' can not be deduced because there are more than one variable-sized dimension`,
    });
  const element = type === 'string' ? bytes || 1 : ELEMENT_ARRAYS[type].BYTES_PER_ELEMENT;
  if (open === 0) return fixed;
  const rest = bytes / element / known;
  return fixed.map((d) => (d === -1 ? (Number.isInteger(rest) ? rest : Math.ceil(rest)) : d));
}
