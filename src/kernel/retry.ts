/** How often and how long to try again. */
export interface RetryPolicy {
  /** Tries in all, the first included. */
  readonly attempts: number;
  readonly baseMs: number;
  readonly maxMs: number;
  /** Whether this failure may pass by itself. */
  readonly retriable?: (error: unknown) => boolean;
  readonly signal?: AbortSignal;
}

/** Full jitter: a delay drawn evenly from 0 to min(maxMs, baseMs · 2^attempt) (AWS Architecture Blog, 2015). */
export function backoffMs(attempt: number, policy: Pick<RetryPolicy, 'baseMs' | 'maxMs'>): number {
  return Math.random() * Math.min(policy.maxMs, policy.baseMs * 2 ** attempt);
}

/** Runs `work` until it succeeds, fails for good, or the tries are used up; the last failure is thrown. */
export async function retry<R>(work: (attempt: number) => Promise<R>, policy: RetryPolicy): Promise<R> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      const last = attempt + 1 >= policy.attempts;
      if (last || policy.signal?.aborted || policy.retriable?.(error) === false) throw error;
      await pause(backoffMs(attempt, policy), policy.signal);
    }
  }
}

/** Resolves after `ms`, or at once when the signal aborts; never rejects. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}
