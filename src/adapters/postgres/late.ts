import { performance } from 'node:perf_hooks';
import type { Remote } from '#ports/database.ts';

/** A server that is away may take seconds to say so; who asks again this soon gets the answer of before. */
const FAST_FAIL_MS = 1000;

/** Something that is made once; where that failed it is tried again when it is asked for. */
export class Late<T> {
  readonly #make: () => Promise<T>;
  #made: Promise<T> | undefined;
  #failed: { readonly atMs: number; readonly error: unknown } | undefined;

  constructor(make: () => Promise<T>) {
    this.#make = make;
  }

  get(): Promise<T> {
    if (this.#made) return this.#made;
    if (this.#failed && performance.now() - this.#failed.atMs < FAST_FAIL_MS) return Promise.reject(this.#failed.error);
    const making = this.#make();
    this.#made = making;
    making.catch((error: unknown) => {
      this.#made = undefined;
      this.#failed = { atMs: performance.now(), error };
    });
    return making;
  }
}

/** A store whose tables could not be looked at yet: every call tries that first. */
export function lateStore<S extends object>(store: Late<Remote<S>>): Remote<S> {
  return new Proxy({} as Remote<S>, {
    get: (_, name) => {
      if (typeof name !== 'string' || name === 'then') return undefined;
      return async (...args: unknown[]) => {
        const made = (await store.get()) as Record<string, (...args: unknown[]) => Promise<unknown>>;
        return made[name]?.(...args);
      };
    },
  });
}
