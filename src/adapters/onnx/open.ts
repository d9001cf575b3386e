import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { Inference, Session, Tensor, TensorInfo, TensorType } from '#ports/inference.ts';
import { fail } from './errors.ts';

type Runtime = typeof import('onnxruntime-node');

/**
 * onnxruntime on the CPU, one thread per session: on shared cores its default threads spin against each other and cost both throughput and tail
 * latency (measured: 100 trees, 128 rows, p99 9.5 ms with default threads, 4.6 ms with one).
 */
const OPTIONS: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  logSeverityLevel: 3,
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
};

/** The inference port on onnxruntime-node; the library is loaded with the first model. */
export function openOnnx(): Inference {
  let runtime: Promise<Runtime> | undefined;
  return {
    load: async (model) => {
      runtime ??= import('onnxruntime-node').then((m) => (m as { default?: Runtime }).default ?? m);
      const ort = await runtime;
      try {
        return new OrtSession(ort, await ort.InferenceSession.create(model, OPTIONS));
      } catch (error) {
        throw fail.modelInvalid({ reason: reasonOf(error) }, error);
      }
    },
  };
}

class OrtSession implements Session {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly #ort: Runtime;
  readonly #session: InferenceSession;

  constructor(ort: Runtime, session: InferenceSession) {
    this.#ort = ort;
    this.#session = session;
    this.inputs = session.inputMetadata.map(info);
    this.outputs = session.outputMetadata.map(info);
  }

  async run(feeds: Readonly<Record<string, Tensor>>, outputs?: readonly string[]): Promise<Readonly<Record<string, Tensor>>> {
    const given: Record<string, OrtTensor> = {};
    for (const name in feeds) given[name] = this.#tensor(feeds[name] as Tensor);
    try {
      const results = await (outputs ? this.#session.run(given, outputs) : this.#session.run(given));
      return results as unknown as Readonly<Record<string, Tensor>>;
    } catch (error) {
      throw fail.inferenceFailed({ reason: reasonOf(error) }, error);
    }
  }

  async close(): Promise<void> {
    await this.#session.release();
  }

  #tensor({ type, data, dims }: Tensor): OrtTensor {
    return new this.#ort.Tensor(type as 'float32', data as Float32Array, dims);
  }
}

function info(meta: InferenceSession.ValueMetadata): TensorInfo {
  if (!meta.isTensor) throw new Error(`'${meta.name}' is not a tensor (sequences and maps cannot be served)`);
  return { name: meta.name, type: meta.type as TensorType, shape: meta.shape.map((dim) => (typeof dim === 'number' ? dim : -1)) };
}

/** The engine's message without its source paths and line numbers. */
function reasonOf(error: unknown): string {
  return String((error as Error).message ?? error).replace(/\/[\w./-]+\.(?:cc|h):\d+\s*/gu, '').slice(0, 500);
}
