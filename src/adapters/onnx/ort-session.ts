import type { Session, Tensor, TensorInfo, Tensors, TensorType } from '#ports/inference.ts';
import { fail } from './errors.ts';
import type { NativeMetadata, NativeSession, Runtime } from './native.ts';

/**
 * onnxruntime on the CPU, one thread per session: on shared cores its default threads spin against each other and cost both throughput and tail
 * latency (measured: 100 trees, 128 rows, p99 9.5 ms with default threads, 4.6 ms with one).
 */
const OPTIONS = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  // What fails is thrown too; on standard error it would stand between the lines of the log.
  logSeverityLevel: 4,
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
} as const;

/** Makes a session in this thread; blocks it for as long as the engine needs. @throws MODEL_INVALID */
export function createSession(runtime: Runtime, model: Uint8Array, memoryBytes?: number): Session {
  const native = new runtime.InferenceSession();
  try {
    native.loadModel(model.buffer as ArrayBuffer, model.byteOffset, model.byteLength, OPTIONS);
    return new OrtSession(runtime, native, memoryBytes);
  } catch (error) {
    throw fail.modelInvalid({ reason: reasonOf(error) }, error);
  }
}

/** A model in this thread. Runs block it. */
class OrtSession implements Session {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly isolated = false;
  readonly memoryBytes?: number;
  readonly #runtime: Runtime;
  readonly #native: NativeSession;
  readonly #all: Readonly<Record<string, null>>;
  readonly #hasHalves: boolean;

  constructor(runtime: Runtime, native: NativeSession, memoryBytes: number | undefined) {
    if (memoryBytes !== undefined) this.memoryBytes = memoryBytes;
    this.#runtime = runtime;
    this.#native = native;
    this.inputs = native.inputMetadata.map(info);
    this.outputs = native.outputMetadata.map(info);
    this.#hasHalves = this.outputs.some((o) => o.type === 'float16');
    this.#all = Object.fromEntries(this.outputs.map((o) => [o.name, null]));
  }

  run(feeds: Tensors, outputs?: readonly string[]): Tensors {
    const { Tensor: OrtTensor } = this.#runtime;
    const given: Record<string, unknown> = {};
    for (const name in feeds) {
      const { type, data, dims } = feeds[name] as Tensor;
      // The library's class turns these bits into a Float16Array where the engine has one, which its own native side cannot read.
      given[name] = type === 'float16' ? { type, data, dims, location: 'cpu' } : new OrtTensor(type, data, dims);
    }
    const wanted = outputs ? Object.fromEntries(outputs.map((name) => [name, null])) : this.#all;
    try {
      const answer = this.#native.run(given, wanted, {});
      return this.#hasHalves ? withBits(answer) : answer;
    } catch (error) {
      throw runFailure(error);
    }
  }

  async close(): Promise<void> {
    this.#native.dispose();
  }
}

/** Half-precision outputs as their bits, whatever array the library put them into. */
function withBits(outputs: Tensors): Tensors {
  const entries = Object.entries(outputs).map(([name, { type, dims, data }]): [string, Tensor] => {
    if (type !== 'float16' || data instanceof Uint16Array) return [name, { type, dims, data }];
    const view = data as unknown as ArrayBufferView & { readonly length: number };
    return [name, { type, dims, data: new Uint16Array(view.buffer, view.byteOffset, view.length) }];
  });
  return Object.fromEntries(entries);
}

/** ONNX element types by number (onnx.proto, TensorProto.DataType). */
const TYPES: Readonly<Record<number, TensorType>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
};

/** Types that onnxruntime-node 1.30 neither takes from nor gives to JavaScript, though the engine computes with some of them. */
const INNER_TYPES: Readonly<Record<number, string>> = {
  14: 'complex64',
  15: 'complex128',
  16: 'bfloat16',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4e2m1',
};

function info({ name, isTensor, type, shape }: NativeMetadata): TensorInfo {
  const known = TYPES[type];
  // Tensors go by their names through objects, in the engine's library too.
  if (name === '__proto__') throw new Error("an input or output is named '__proto__', which JavaScript cannot hold");
  if (!isTensor) throw new Error(`'${name}' is not a tensor (sequences and maps cannot be served)`);
  if (known === undefined) {
    const inner = INNER_TYPES[type] ?? `number ${type}`;
    throw new Error(`'${name}' has element type ${inner}, which cannot be sent or read: put a Cast between it and a type such as float32`);
  }
  return { name, type: known, shape: [...shape] };
}

/** Encoders of categories say so themselves when a value is none of theirs: that is the caller's value, no fault of the model. */
function runFailure(error: unknown): Error {
  const reason = reasonOf(error);
  if (/unknown categor/iu.test(reason)) return fail.inputRefused({ reason: 'a text is none of the categories that it knows.' }, error);
  return fail.inferenceFailed({ reason }, error);
}

/** A C++ function with its types, as the engine's messages begin with it. */
const SIGNATURE = /(?:(?<!\w)\w+[*&]? )?onnxruntime::[^()]*\([^()]*\)(?:::<lambda\([^()]*\)>)?(?: const)?(?: \[with [^\]]*\])? /gu;

/** A model's own names stand in messages and may be very long; patterns must not walk over them for each letter. */
const MOST_READ = 10_000;

/** The engine's message without its source paths, line numbers and functions. */
export function reasonOf(error: unknown): string {
  return String((error as Error).message ?? error)
    .slice(0, MOST_READ)
    .replace(/(?<![\w./-])[\w./-]+\.(?:cc|h|cpp):\d+\s*/gu, '')
    .replace(SIGNATURE, '')
    .slice(0, 500);
}
