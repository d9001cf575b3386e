import type { ErrorOnWire } from '#kernel/errors.ts';
import type { TensorInfo, Tensors } from '#ports/inference.ts';
import type { Grown } from './sizes.ts';

/** What a process that holds a model is told. */
export type ToModel =
  | { readonly kind: 'load'; readonly file: string }
  /** Answered with what larger runs take; `example` is a row that it should take. */
  | { readonly kind: 'grow'; readonly id: number; readonly example?: Tensors }
  | { readonly kind: 'run'; readonly id: number; readonly feeds: Tensors; readonly outputs?: readonly string[] };

/**
 * CPU time of making the session and of a run of one row, milliseconds; `runMs` is 0 where no trial input could be made. Then what memory grew by, and the
 * memory of the whole process, bytes.
 */
export interface Measured {
  readonly createMs: number;
  readonly runMs: number;
  readonly grownBytes: number;
  readonly residentBytes: number;
}

/** What a process that holds a model tells. */
export type FromModel =
  | {
      readonly kind: 'loaded';
      readonly inputs: readonly TensorInfo[];
      readonly outputs: readonly TensorInfo[];
      readonly measured: Measured;
    }
  | { readonly kind: 'refused'; readonly error: ErrorOnWire }
  | { readonly kind: 'grown'; readonly id: number; readonly grown: Grown }
  | { readonly kind: 'ran'; readonly id: number; readonly outputs: Tensors }
  | { readonly kind: 'failed'; readonly id: number; readonly error: ErrorOnWire };
