import type { ErrorOnWire } from '#kernel/errors.ts';

/** All members of a union without some of their keys. */
export type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** The first message to a thread: the file that it opens. */
export interface ThreadData {
  readonly path: string;
  readonly readOnly: boolean;
  /** Stores' files to load at once. */
  readonly modules: readonly string[];
}

export type WorkerRequest =
  | { readonly id: number; readonly kind: 'load'; readonly store: string; readonly module: string }
  | { readonly id: number; readonly kind: 'call'; readonly store: string; readonly method: string; readonly args: unknown[] }
  | { readonly id: number; readonly kind: 'ping' }
  | { readonly id: number; readonly kind: 'close' };

export type WorkerAnswer = { readonly id: number; readonly value?: unknown; readonly error?: ErrorOnWire };
