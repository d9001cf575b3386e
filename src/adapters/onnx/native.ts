import { createRequire } from 'node:module';
import type { Tensor, Tensors } from '#ports/inference.ts';

/** What the native module says of an input or output. Unknown dimensions are -1. */
export interface NativeMetadata {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type: number;
  readonly shape: readonly number[];
}

/** The native session: every call blocks until it is done. */
export interface NativeSession {
  readonly inputMetadata: readonly NativeMetadata[];
  readonly outputMetadata: readonly NativeMetadata[];
  loadModel(buffer: ArrayBuffer, byteOffset: number, byteLength: number, options: object): void;
  run(feeds: Readonly<Record<string, unknown>>, fetches: Readonly<Record<string, null>>, options: object): Tensors;
  dispose(): void;
}

export interface Runtime {
  readonly InferenceSession: new () => NativeSession;
  readonly Tensor: new (type: Tensor['type'], data: Tensor['data'], dims: readonly number[]) => object;
}

/**
 * The module under onnxruntime-node's public classes. Those run a model in a `setImmediate` of their own inside a promise, and the run blocks all the
 * same: a whole turn of the loop per batch for nothing. The version is pinned, and this adapter's tests fail if the inside changes.
 */
export async function loadBinding(): Promise<Runtime> {
  const { Tensor: OrtTensor } = (await import('onnxruntime-node')) as unknown as { Tensor: Runtime['Tensor'] };
  const { binding, initOrt } = createRequire(import.meta.url)('onnxruntime-node/dist/binding.js') as {
    readonly binding: { readonly InferenceSession: Runtime['InferenceSession'] };
    initOrt(): void;
  };
  initOrt();
  return { InferenceSession: binding.InferenceSession, Tensor: OrtTensor };
}
