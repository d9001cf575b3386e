import { EventEmitter } from 'node:events';
import { pause } from '#kernel/retry.ts';
import type { Remote } from '#ports/database.ts';
import type { RegistryStore } from './store.ts';

/** Changes by another process on the same database are seen at the latest after this long. */
const LOOK_AGAIN_MS = 1000;

/** Tells whoever waits that the registry changed: at once for changes made here, by looking for those made elsewhere. */
export class Changes {
  readonly #store: Remote<RegistryStore>;
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  constructor(store: Remote<RegistryStore>) {
    this.#store = store;
  }

  /** Called after each write. */
  announce(): void {
    this.#emitter.emit('change');
  }

  revision(): Promise<number> {
    return this.#store.revision();
  }

  async waitFor(since: number, timeoutMs: number, signal: AbortSignal): Promise<number> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const changed = this.#next(signal);
      const revision = await this.#store.revision();
      const left = deadline - performance.now();
      if (revision > since || left <= 0 || signal.aborted) {
        changed.cancel();
        return revision;
      }
      await Promise.race([changed.promise, pause(Math.min(left, LOOK_AGAIN_MS), changed.signal)]);
      changed.cancel();
    }
  }

  /** Listens before the revision is read, so that no change falls between. */
  #next(outer: AbortSignal): { promise: Promise<void>; signal: AbortSignal; cancel: () => void } {
    const stop = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    const onChange = (): void => {
      resolve();
      stop.abort();
    };
    this.#emitter.once('change', onChange);
    const signal = AbortSignal.any([outer, stop.signal]);
    const cancel = (): void => {
      this.#emitter.off('change', onChange);
      stop.abort();
    };
    return { promise, signal, cancel };
  }
}

/** The store, with `told` called after every write, before its result is given. */
export function announced(store: Remote<RegistryStore>, reads: readonly string[], told: () => Promise<void>): Remote<RegistryStore> {
  const quiet = new Set(reads);
  return new Proxy(store, {
    get(target, name) {
      const method = Reflect.get(target, name) as ((...args: unknown[]) => Promise<unknown>) | undefined;
      if (typeof name !== 'string' || typeof method !== 'function' || quiet.has(name)) return method;
      return async (...args: unknown[]) => {
        const result = await method(...args);
        await told();
        return result;
      };
    },
  });
}
