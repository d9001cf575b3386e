import type { Tensor, TensorInfo } from '#ports/inference.ts';
import { fail } from '../errors.ts';
import { oipType } from './datatypes.ts';

/** What a caller wants of one output. */
export interface WantedOutput {
  readonly name: string;
  /** As raw bytes rather than as numbers in JSON. */
  readonly binary: boolean;
  /** With the classification extension: how many classes; 0 for the tensor itself. */
  readonly classes: number;
}

/** One inference on tensors, whatever the wire looked like. */
export interface InferCall {
  readonly id: string | undefined;
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly outputs: readonly WantedOutput[];
  /** Triton's `timeout` parameter, milliseconds. */
  readonly timeoutMs: number | undefined;
}

/** Name, shape and type of a tensor as a caller declares it. */
export interface DeclaredInput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly datatype: string;
}

/**
 * Checks declared tensors against the model's inputs: names, types, shapes, none twice, none missing.
 * @returns the model's input for each declared one
 * @throws TENSOR_INVALID in Triton's words where it has them
 */
export function checkInputs(inputs: readonly DeclaredInput[], expected: readonly TensorInfo[], model: string): TensorInfo[] {
  const refuse = (reason: string): never => {
    throw fail.tensorInvalid({ reason });
  };
  const seen = new Set<string>();
  const found = inputs.map(({ name, shape, datatype }) => {
    const info = expected.find((e) => e.name === name);
    if (!info) return refuse(`unexpected inference input '${name}' for model '${model}'; its inputs are ${names(expected)}`);
    if (seen.has(name)) refuse(`input '${name}' already exists in request`);
    seen.add(name);
    if (oipType(info.type) !== datatype)
      refuse(`inference input '${name}' data-type is '${datatype}', but model '${model}' expects '${oipType(info.type)}'`);
    if (!shapeFits(shape, info.shape))
      refuse(`unexpected shape for input '${name}' for model '${model}'. Expected [${info.shape.join(',')}], got [${shape.join(',')}]`);
    return info;
  });
  const missing = expected.filter((e) => !seen.has(e.name));
  if (missing.length > 0)
    refuse(`expected ${expected.length} inputs but got ${inputs.length} inputs for model '${model}'. Missing: ${names(missing)}`);
  return found;
}

/** Checks the outputs that are asked for. @throws TENSOR_INVALID for one that the model does not have */
export function checkOutputs(wanted: readonly WantedOutput[], expected: readonly TensorInfo[], model: string): readonly WantedOutput[] {
  const seen = new Set<string>();
  for (const { name } of wanted) {
    if (!expected.some((e) => e.name === name))
      throw fail.tensorInvalid({
        reason: `unexpected inference output '${name}' for model '${model}'; its outputs are ${names(expected)}`,
      });
    if (seen.has(name)) throw fail.tensorInvalid({ reason: `output '${name}' already exists in request` });
    seen.add(name);
  }
  return wanted;
}

/** Parameters of Triton's shared-memory extensions. */
const SHARED = 'shared_memory_region';

/**
 * Regions of memory cannot be registered here. Whoever wants an answer in one would read what nobody wrote there, so that is no parameter to pass over.
 * @throws TENSOR_INVALID
 */
export function refuseSharedMemory(
  kind: 'input' | 'output',
  tensors: readonly { readonly name?: string; readonly parameters?: Readonly<Record<string, unknown>> | null | undefined }[],
): void {
  for (const { name = '', parameters } of tensors)
    if (parameters?.[SHARED] !== undefined)
      throw fail.tensorInvalid({
        reason: `inference ${kind} '${name}' names a shared memory region, and this server has none: send tensors in the request, and take them from the answer`,
      });
}

function shapeFits(shape: readonly number[], expected: readonly number[]): boolean {
  return shape.length === expected.length && expected.every((dim, i) => dim === -1 || dim === shape[i]);
}

function names(infos: readonly TensorInfo[]): string {
  return infos.map((i) => i.name).join(', ');
}
